"""Scores over HTTP: one FastAPI app in one BentoML service, and the ledger that remembers what it answered."""
