"""Vector indexes: the items whose vectors are most like a given one.

Searches are exact: they look at every vector of the index, or of its partition that is asked for. AWS's look at some,
and may miss a result. What holds of indexes:

- An item without the vector attribute or without the index's partition key is not in the index.
- A write is refused when the vector is no list of as many numbers as the index has dimensions. Items that were there
  before the index are left out of it instead.
"""
