"""WebSocket APIs: their settings, and the data plane that keeps connections and routes messages.

A connection lives in the memory of the server that has it (`connections.py`); what must outlive a crash, the owed
`$disconnect`, is a row for as long as the connection is open.
"""
