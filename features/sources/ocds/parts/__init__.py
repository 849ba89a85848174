"""The parts of a release, each turned into rows: parties, stages, bids, contracts."""
