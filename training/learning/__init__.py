"""Learning: contenders from a constant to LightGBM, judged on the same folds; one of them proposed and calibrated."""
