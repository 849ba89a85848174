"""The parts of a validation, one file each."""
