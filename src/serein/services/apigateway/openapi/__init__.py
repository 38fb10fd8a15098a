"""REST APIs as OpenAPI 2 and 3 documents with API Gateway's extensions: read, applied, and written."""
