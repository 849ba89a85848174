"""Where facts go: one file a form."""
