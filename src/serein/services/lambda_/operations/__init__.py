"""One file per operation of Lambda."""
