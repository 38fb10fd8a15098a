"""Stack refactors: resources that change their stack or their logical id, and stay as they are.

A refactor is worked out when it is asked for, and carried out in one transaction that works it out again: rows of
resources move, and every stack's definition, outputs, exports and imports follow. No resource is touched.
"""
