"""Profiles for the service: stored, or computed from facts."""
