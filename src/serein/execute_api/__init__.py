"""What REST, HTTP and WebSocket APIs share in their data plane, behind the host label `execute-api`.

The services that own those APIs may not import one another; what is the same for all of them is here, and what only
looks the same stays with its owner (docs/adr/0010-execute-api.md).
"""
