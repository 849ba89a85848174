"""The quality report of an import: what looks wrong in the facts, how often, where, and what was done about it."""
