"""App name: who stakes highest takes the pot."""
