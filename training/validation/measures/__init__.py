"""Measures without a verdict: resampling, tails, curves, periods."""
