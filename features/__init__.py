"""Facts to profiles. Knows no model and no web."""
