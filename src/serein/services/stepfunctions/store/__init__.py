"""Step Functions' SQL, by what it is about."""
