"""All SQL of Kinesis, by table: streams, shards, records, consumers, accounts."""
