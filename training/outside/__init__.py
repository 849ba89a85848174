"""Columns from outside: what is declared of them, what their file says, and which values are visible."""
