"""The IaC generator: scans of what the server has, and templates made of it."""
