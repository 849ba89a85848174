"""The written rules, their verdicts and the sentences that explain them."""
