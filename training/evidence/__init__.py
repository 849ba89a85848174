"""Evidence about a study: drift, representativeness, reasons, parity."""
