"""Facts that a request brings: parsed, checked, merged with the stored rows."""
