"""Profiles and outcomes to a validated scorecard."""
