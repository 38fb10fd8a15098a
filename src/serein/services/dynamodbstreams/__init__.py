"""DynamoDB Streams: reading the changes of DynamoDB tables, as the Kinesis adapter and SDKs do.

The streams, their shards and their records are DynamoDB's own: its service keeps them, and this one asks it for them.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="dynamodbstreams")
