"""PartiQL, as far as DynamoDB has it: text to tree (cached by text), tree and parameters to reads and writes.

`parser.py` reads statements and `terms.py` what is in them; conditions and updates become the trees that DynamoDB's own
expressions have, so that they are bound and evaluated by the same code. `selecting.py` runs SELECT, `writing.py` runs
INSERT, UPDATE and DELETE, `transacting.py` runs several of them as one.
"""
