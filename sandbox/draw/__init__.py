"""Drawn worlds: every range stands in sandbox/draw.toml."""
