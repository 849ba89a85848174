"""Seeded procurement markets whose true probability of default is known."""
