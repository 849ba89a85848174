"""Tracking: training runs and promotions in MLflow, and its pages."""
