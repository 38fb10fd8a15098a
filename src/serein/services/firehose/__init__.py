"""Amazon Data Firehose: delivery streams, and what becomes of their records on the way to buckets and HTTP endpoints.

Owns delivery streams with their settings, the buffers that records wait in, transformations, dynamic partitions, and
the delivery itself. Leaves out warehouses, search services and tables as destinations, conversion to Parquet and ORC,
and sources that are Kafka clusters or databases: all refused by name.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="firehose", checks_constraints=False)
