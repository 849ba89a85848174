"""The HTTP service: one BentoML service around one FastAPI app."""
