"""Who asks, and who operates the service."""
