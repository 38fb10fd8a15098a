"""DynamoDB Streams: reading the changes of DynamoDB tables, as the Kinesis adapter and SDKs do.

A stream is one shard here, open for as long as the stream is enabled. The records are DynamoDB's own: its service
keeps them, and this one asks it for them.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="dynamodbstreams")
