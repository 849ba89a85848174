"""Model cards: what a scorecard is for and not for, what it was learned from, how good it is and what is not known.

A card is Markdown, first in English, then in Chinese, each complete. It is made from the scorecard's declaration and
its validation alone, so that the same scorecard has the same card.
"""
