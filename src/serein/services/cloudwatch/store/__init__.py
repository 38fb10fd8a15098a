"""CloudWatch's SQL, by what it is about."""
