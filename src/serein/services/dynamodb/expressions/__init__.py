"""Expressions: text to tree (cached by text), and tree with a request's placeholders to something that runs.

`reading.py` does both for a whole request; the other modules hold one kind of expression each.
"""
