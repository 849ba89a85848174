"""Feature declarations, one file a family."""
