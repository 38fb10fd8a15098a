"""Adapters of the Database, Bus and Blobs ports."""
