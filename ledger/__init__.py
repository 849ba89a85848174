"""The ledger: the recorded answers, the service keys, and a hash chain that proves that nothing was changed."""
