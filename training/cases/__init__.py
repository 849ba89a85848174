"""Cases: outcomes as declared, who is learned from, the sample."""
