"""One folder a service; each is found by scanning, and none imports another."""
