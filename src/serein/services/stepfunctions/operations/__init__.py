"""One file per operation of Step Functions."""
