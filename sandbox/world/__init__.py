"""The declared world of a market: coefficients, calendar, seeds, ids, rows."""
