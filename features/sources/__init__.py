"""Adapters from a publisher's files to the canonical tables, one module or package per source."""
