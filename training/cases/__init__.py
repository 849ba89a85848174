"""Cases: declared outcomes, the cases with their state, the split by time, the development population."""
