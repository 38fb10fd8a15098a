"""All of S3's SQL."""
