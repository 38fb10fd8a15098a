"""Amazon Kinesis Data Streams: streams, their shards and records, enhanced fan-out.

Owns streams with their shards (splits, merges, uniform scaling), records and their retention, shard iterators,
registered consumers and their subscriptions. Leaves out the encryption of records with KMS keys, shard-level metrics
and the authorisation that resource policies describe (all three are stored and shown), channels, and queues on
streams. A stream in on-demand mode keeps the shards that it has: nothing here has to be scaled.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="kinesis")
