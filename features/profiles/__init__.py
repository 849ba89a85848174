"""Profiles of the cases of a spine."""
