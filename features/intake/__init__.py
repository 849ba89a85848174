"""Rows on their way in: files read, cells typed, bad rows set aside."""
