"""The applications, one package each, and what they share: agents and kits."""
