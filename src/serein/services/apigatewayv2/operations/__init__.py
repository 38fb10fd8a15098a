"""One file per operation, or per small sub-resource."""
