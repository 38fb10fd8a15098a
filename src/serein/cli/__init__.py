"""The command line: a client of the wire API and of the small admin API."""
