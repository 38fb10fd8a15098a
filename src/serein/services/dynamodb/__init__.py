"""DynamoDB: tables, items, indexes, expressions, transactions and change streams.

Items live in one table of the database, keyed by bytes whose order is DynamoDB's; index entries and stream records
are written in the transaction of the item they follow, so reading an index is as current as reading the table. So are
the replicas of global tables: all regions are in one database.

Left out: global tables of several accounts. Contributor insights and resource policies are kept and shown, and have no
effect. By default a table is ACTIVE as soon as CreateTable answers, and its throughput is never exhausted:
`SEREIN_LIFECYCLE` and `SEREIN_THROTTLING` change that (transitions.py, throttling.py).
"""

from serein.kernel.operation import Service

SERVICE = Service(name="dynamodb", checks_constraints=False)
