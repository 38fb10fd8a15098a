"""All of IAM's SQL."""
