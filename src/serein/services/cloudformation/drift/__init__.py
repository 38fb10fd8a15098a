"""Drift: how resources differ from what their stack's template says, worked out when it is asked for."""
