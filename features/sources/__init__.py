"""Adapters from a publisher's files to the canonical tables, one file a source."""
