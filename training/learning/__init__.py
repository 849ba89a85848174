"""Learning: contenders from a constant to LightGBM, judged on the same folds; one is proposed and calibrated."""
