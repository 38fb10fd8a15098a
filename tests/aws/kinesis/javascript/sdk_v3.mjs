// A small pipeline on one stream: sensors put readings, a consumer follows every shard with enhanced fan-out through a
// split, and an archive reads the same by polling. It checks itself.
import assert from "node:assert/strict";
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  InvalidArgumentException,
  KinesisClient,
  ListShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  RegisterStreamConsumerCommand,
  ResourceNotFoundException,
  SplitShardCommand,
  SubscribeToShardCommand,
  waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";

const client = new KinesisClient({});
const StreamName = "readings";
const text = (record) => new TextDecoder().decode(record.Data);

await assert.rejects(
  client.send(new DescribeStreamSummaryCommand({ StreamName })),
  (error) => error instanceof ResourceNotFoundException && error.message.startsWith("Stream readings under account "),
);
await client.send(new CreateStreamCommand({ StreamName, ShardCount: 2 }));
await waitUntilStreamExists({ client, maxWaitTime: 20 }, { StreamName });
const { StreamDescriptionSummary: stream } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
const { Consumer: consumer } = await client.send(
  new RegisterStreamConsumerCommand({ StreamARN: stream.StreamARN, ConsumerName: "watch" }),
);

async function shards() {
  const found = [];
  let page = await client.send(new ListShardsCommand({ StreamName, MaxResults: 1 }));
  found.push(...page.Shards);
  while (page.NextToken) {
    page = await client.send(new ListShardsCommand({ NextToken: page.NextToken, MaxResults: 1 }));
    found.push(...page.Shards);
  }
  return found;
}

// Puts: one by one and in a batch.
const sent = [];
for (let place = 0; place < 10; place++) {
  const reading = `sensor-${place}: ${place * 1.5} °C`;
  const put = await client.send(
    new PutRecordCommand({ StreamName, PartitionKey: `sensor-${place}`, Data: new TextEncoder().encode(reading) }),
  );
  assert.equal(put.SequenceNumber.length, 56);
  sent.push(reading);
}
const batch = [...Array(20).keys()].map((place) => `batch-${place}`);
const puts = await client.send(
  new PutRecordsCommand({
    StreamName,
    Records: batch.map((reading) => ({ PartitionKey: reading, Data: new TextEncoder().encode(reading) })),
  }),
);
assert.equal(puts.FailedRecordCount, 0);
sent.push(...batch);
assert.equal((await shards()).length, 2);

// The first shard is split while it is followed: its subscription ends and names the children, which go on.
const received = [];
async function follow(ShardId, expected) {
  const reply = await client.send(
    new SubscribeToShardCommand({
      ConsumerARN: consumer.ConsumerARN,
      ShardId,
      StartingPosition: { Type: "TRIM_HORIZON" },
    }),
  );
  for await (const { SubscribeToShardEvent: event } of reply.EventStream) {
    for (const record of event.Records) {
      assert.ok(record.ApproximateArrivalTimestamp instanceof Date);
      received.push(text(record));
    }
    if (event.ChildShards?.length) return event.ChildShards.map((child) => child.ShardId);
    assert.equal(event.ContinuationSequenceNumber.length, 56);
    if (expected !== undefined && received.length >= expected) return [];
  }
  return [];
}

const [first, second] = await shards();
const following = follow(first.ShardId);
const middle = (BigInt(first.HashKeyRange.EndingHashKey) / 2n).toString();
await client.send(new SplitShardCommand({ StreamName, ShardToSplit: first.ShardId, NewStartingHashKey: middle }));
const children = await following;
assert.equal(children.length, 2);
const late = "late, into a child";
await client.send(
  new PutRecordCommand({ StreamName, PartitionKey: "x", ExplicitHashKey: "0", Data: new TextEncoder().encode(late) }),
);
sent.push(late);
await follow(children[0], received.length + 1);
await follow(second.ShardId, sent.length);
assert.deepEqual(received.toSorted(), sent.toSorted());

// The archive polls.
const archived = [];
for (const { ShardId } of await shards()) {
  let { ShardIterator } = await client.send(
    new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" }),
  );
  while (ShardIterator) {
    const page = await client.send(new GetRecordsCommand({ ShardIterator, Limit: 7 }));
    archived.push(...page.Records.map(text));
    ShardIterator = page.Records.length ? page.NextShardIterator : undefined;
  }
}
assert.deepEqual(archived.toSorted(), sent.toSorted());
await assert.rejects(
  client.send(new GetRecordsCommand({ ShardIterator: "nonsense" })),
  (error) => error instanceof InvalidArgumentException && !(error instanceof ExpiredIteratorException),
);
// The subscriptions that were left are open for five minutes, and the SDK waits for them.
process.exit(0);
