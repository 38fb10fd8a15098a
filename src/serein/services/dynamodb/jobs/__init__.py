"""Work on whole tables: backups, restores, exports, imports and bulk operations.

A table that keeps history notes, with each change, what the item was before. So the state of a table at any moment is
its current items, corrected for each key by the earliest change after that moment (`snapshots.py`). Backups, restores
and exports all read tables that way, chunk by chunk, while they go on being written. Each is a durable row that says
how far it has got (`records.py`), and goes on from there after a restart.
"""
