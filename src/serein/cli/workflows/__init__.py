"""`workflows`: state machines of a running server, and their executions."""
