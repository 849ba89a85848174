"""What several verbs use: terminal output, printing, the client."""
