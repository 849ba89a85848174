"""Tracking: what MLflow is told of trainings and promotions, and how it is looked at."""
