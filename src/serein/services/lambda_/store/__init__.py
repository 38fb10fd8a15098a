"""Lambda's SQL, by what it is about."""
