"""What goes over HTTP: requests, answers, problems, strict JSON."""
