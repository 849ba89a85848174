"""A scorecard: its folder, how it scores, its reasons and gates."""
