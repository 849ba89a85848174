"""A fleet run: the stored profiles of every supplier at one instant."""
