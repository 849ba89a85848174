"""Feature declarations of buyers, one file a family."""
