"""Plots: one drawing a function, each as SVG text. What they show is said by the parts, in captions."""
