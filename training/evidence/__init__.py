"""Evidence about a study: figures, gates, drift, representativeness, reasons, parity."""
