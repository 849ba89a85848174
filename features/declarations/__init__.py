"""Features as declared: formulas, windows, columns, the catalogue of features."""
