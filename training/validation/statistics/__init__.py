"""Statistical tests of calibration and fit."""
