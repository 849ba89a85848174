"""What the service answered, to whom its keys belong, and the proof that nothing was changed since."""
