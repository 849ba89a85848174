"""Promotion: who proposed, approved or replaced a scorecard, in a signed ledger."""
