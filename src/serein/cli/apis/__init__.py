"""What the command line knows of APIs: which there are, what they serve, and one request watched through one."""
