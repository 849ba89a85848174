"""US federal contract actions to canonical rows."""
