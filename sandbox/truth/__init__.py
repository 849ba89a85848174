"""The truth behind a market, kept apart from its facts."""
