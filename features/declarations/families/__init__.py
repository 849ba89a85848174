"""Feature declarations, one module per family."""
