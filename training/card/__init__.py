"""Model cards: uses, forbidden uses, data, figures, gates and limits of a scorecard.

A card is Markdown, first in English, then in Chinese, each complete. It depends only on the scorecard's declaration and
validation, so that the same scorecard has the same card.
"""
