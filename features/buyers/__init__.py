"""Profiles of buyers."""
