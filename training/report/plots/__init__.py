"""Plots: each function returns one drawing as SVG text. The parts write the captions."""
