"""What is done with a buffer whose time has come: a function, a bucket, an HTTP endpoint."""
