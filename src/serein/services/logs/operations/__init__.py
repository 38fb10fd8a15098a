"""One file per operation of CloudWatch Logs."""
