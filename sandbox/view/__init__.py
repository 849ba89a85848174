"""What a reader of the tables sees on the day of a loan."""
