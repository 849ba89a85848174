"""What training hands to serving: the scorecard, its reasons, the promotion ledger."""
