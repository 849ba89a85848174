"""Columns from an outside file: their declarations, the file, and the values that were known before each case."""
