"""Engines that compute the declared features: DuckDB, one case at a time, Spark."""
