"""What is served now, and how it is replaced."""
