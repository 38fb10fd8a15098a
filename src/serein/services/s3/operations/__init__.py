"""S3's operations, one file each; the small settings of buckets and objects have one file per setting."""
