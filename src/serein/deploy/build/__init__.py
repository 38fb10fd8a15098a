"""Building functions and layers into packages, in a cache beside the project; the project itself is never changed."""
