"""Replications: each paper's figures and claims, regenerated from formulas and simulated runs."""
