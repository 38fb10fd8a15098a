"""DynamoDB Streams' operations, one file each."""
