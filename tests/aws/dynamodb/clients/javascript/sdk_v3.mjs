// A small inventory, kept with the plain client of the AWS SDK for JavaScript 3.
import assert from "node:assert/strict";
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  QueryCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  TagResourceCommand,
  TransactGetItemsCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
  paginateListTables,
  paginateQuery,
  paginateScan,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from "@aws-sdk/client-dynamodb-streams";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";

const client = new DynamoDBClient({});
const TableName = "inventory";

await assert.rejects(client.send(new DescribeTableCommand({ TableName })), ResourceNotFoundException);
const table = {
  TableName,
  AttributeDefinitions: [
    { AttributeName: "shop", AttributeType: "S" },
    { AttributeName: "sku", AttributeType: "N" },
    { AttributeName: "kind", AttributeType: "S" },
  ],
  KeySchema: [
    { AttributeName: "shop", KeyType: "HASH" },
    { AttributeName: "sku", KeyType: "RANGE" },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: "by-kind",
      KeySchema: [
        { AttributeName: "kind", KeyType: "HASH" },
        { AttributeName: "sku", KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["price"] },
    },
  ],
  BillingMode: "PAY_PER_REQUEST",
  StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
  Tags: [{ Key: "team", Value: "stock" }],
};
const created = await client.send(new CreateTableCommand(table));
assert(created.TableDescription.CreationDateTime instanceof Date);
const waited = await waitUntilTableExists({ client, maxWaitTime: 60 }, { TableName });
assert.equal(waited.state, "SUCCESS");
await assert.rejects(client.send(new CreateTableCommand(table)), ResourceInUseException);
const { Table } = await client.send(new DescribeTableCommand({ TableName }));
assert.equal(Table.TableStatus, "ACTIVE");
assert.equal(Table.GlobalSecondaryIndexes[0].IndexStatus, "ACTIVE");

const everything = {
  shop: { S: "north" },
  sku: { N: "1" },
  kind: { S: "lamp" },
  price: { N: "19.90" },
  photo: { B: new Uint8Array([0, 1, 254, 255]) },
  isOpen: { BOOL: false },
  nothing: { NULL: true },
  colours: { SS: ["red", "blue"] },
  sizes: { NS: ["3", "1.5"] },
  digests: { BS: [new Uint8Array([1]), new Uint8Array([2, 3])] },
  parts: { L: [{ M: { name: { S: "bulb" }, count: { N: "2" } } }, { L: [] }, { S: "" }] },
};
await client.send(new PutItemCommand({ TableName, Item: everything }));
const Key = { shop: { S: "north" }, sku: { N: "1" } };
const got = await client.send(
  new GetItemCommand({ TableName, Key, ConsistentRead: true, ReturnConsumedCapacity: "TOTAL" }),
);
assert.equal(got.ConsumedCapacity.CapacityUnits, 1);
assert.deepEqual(new Uint8Array(got.Item.photo.B), everything.photo.B);
assert.deepEqual(new Set(got.Item.colours.SS), new Set(["red", "blue"]));
assert.deepEqual(new Set(got.Item.sizes.NS), new Set(["3", "1.5"]));
assert.equal(got.Item.price.N, "19.9");
assert.equal(got.Item.digests.BS.length, 2);
assert.deepEqual(got.Item.parts, everything.parts);
assert.deepEqual([got.Item.isOpen, got.Item.nothing], [{ BOOL: false }, { NULL: true }]);
const part = await client.send(
  new GetItemCommand({
    TableName,
    Key,
    ProjectionExpression: "parts[0].#n, price",
    ExpressionAttributeNames: { "#n": "name" },
  }),
);
assert.deepEqual(part.Item, { parts: { L: [{ M: { name: { S: "bulb" } } }] }, price: { N: "19.9" } });

const updated = await client.send(
  new UpdateItemCommand({
    TableName,
    Key,
    UpdateExpression: "SET price = price - :off, parts[0].#c = :c REMOVE nothing ADD colours :more DELETE sizes :less",
    ConditionExpression: "price BETWEEN :low AND :high AND attribute_type(photo, :binary)",
    ExpressionAttributeNames: { "#c": "count" },
    ExpressionAttributeValues: {
      ":off": { N: "0.9" },
      ":c": { N: "3" },
      ":more": { SS: ["green"] },
      ":less": { NS: ["3"] },
      ":low": { N: "10" },
      ":high": { N: "20" },
      ":binary": { S: "B" },
    },
    ReturnValues: "UPDATED_NEW",
  }),
);
assert.equal(updated.Attributes.price.N, "19");
assert.deepEqual(updated.Attributes.sizes.NS, ["1.5"]);
await assert.rejects(
  client.send(
    new PutItemCommand({
      TableName,
      Item: everything,
      ConditionExpression: "attribute_not_exists(shop)",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    }),
  ),
  (error) =>
    error instanceof ConditionalCheckFailedException &&
    error.message === "The conditional request failed" &&
    error.Item.price.N === "19",
);

const requests = Array.from({ length: 60 }, (_, number) => ({
  PutRequest: {
    Item: marshall({ shop: "south", sku: number, kind: number % 2 ? "lamp" : "chair", price: number / 4 }),
  },
}));
for (let start = 0; start < requests.length; start += 25) {
  let left = { [TableName]: requests.slice(start, start + 25) };
  while (Object.keys(left).length) {
    left = (await client.send(new BatchWriteItemCommand({ RequestItems: left }))).UnprocessedItems;
  }
}
const batch = await client.send(
  new BatchGetItemCommand({
    RequestItems: {
      [TableName]: { Keys: [3, 5, 999].map((sku) => marshall({ shop: "south", sku })), ProjectionExpression: "sku" },
    },
  }),
);
assert.deepEqual(batch.Responses[TableName].map((item) => unmarshall(item).sku).sort(), [3, 5]);
assert.deepEqual(batch.UnprocessedKeys, {});

const seen = [];
let pages = 0;
for await (const page of paginateQuery(
  { client, pageSize: 7 },
  {
    TableName,
    KeyConditionExpression: "shop = :s AND sku >= :from",
    FilterExpression: "kind = :k",
    ExpressionAttributeValues: marshall({ ":s": "south", ":from": 10, ":k": "lamp" }),
    ScanIndexForward: false,
  },
)) {
  pages += 1;
  seen.push(...page.Items.map((item) => Number(item.sku.N)));
}
assert.deepEqual(seen, Array.from({ length: 25 }, (_, number) => 59 - 2 * number));
assert.equal(pages, 8);
let scanned = 0;
for (const Segment of [0, 1, 2]) {
  for await (const page of paginateScan({ client }, { TableName, Segment, TotalSegments: 3, Limit: 9 })) {
    scanned += page.Count;
  }
}
assert.equal(scanned, 61);
const lamps = await client.send(
  new QueryCommand({
    TableName,
    IndexName: "by-kind",
    KeyConditionExpression: "kind = :k",
    ExpressionAttributeValues: { ":k": { S: "lamp" } },
  }),
);
assert.equal(lamps.Count, 31);
assert.deepEqual(Object.keys(lamps.Items[0]).sort(), ["kind", "price", "shop", "sku"]);
const counted = await client.send(
  new QueryCommand({
    TableName,
    IndexName: "by-kind",
    Select: "COUNT",
    KeyConditionExpression: "kind = :k",
    ExpressionAttributeValues: { ":k": { S: "chair" } },
  }),
);
assert.deepEqual([counted.Count, counted.Items], [30, undefined]);

const sell = (sku, count) => ({
  Update: {
    TableName,
    Key: marshall({ shop: "south", sku }),
    UpdateExpression: "SET price = price + :n",
    ConditionExpression: "price < :limit",
    ExpressionAttributeValues: marshall({ ":n": count, ":limit": 10 }),
  },
});
await client.send(
  new TransactWriteItemsCommand({
    TransactItems: [sell(4, 1), { Delete: { TableName, Key: marshall({ shop: "south", sku: 6 }) } }],
  }),
);
await assert.rejects(
  client.send(new TransactWriteItemsCommand({ TransactItems: [sell(4, 1), sell(50, 1)] })),
  (error) =>
    error instanceof TransactionCanceledException &&
    error.CancellationReasons.map((reason) => reason.Code).join() === "None,ConditionalCheckFailed",
);
const both = await client.send(
  new TransactGetItemsCommand({
    TransactItems: [4, 6].map((sku) => ({ Get: { TableName, Key: marshall({ shop: "south", sku }) } })),
  }),
);
assert.deepEqual(
  both.Responses.map((response) => response.Item?.price.N),
  ["2", undefined],
);

await client.send(
  new UpdateTimeToLiveCommand({
    TableName,
    TimeToLiveSpecification: { Enabled: true, AttributeName: "expires" },
  }),
);
const ttl = await client.send(new DescribeTimeToLiveCommand({ TableName }));
assert.deepEqual(ttl.TimeToLiveDescription, { AttributeName: "expires", TimeToLiveStatus: "ENABLED" });
await client.send(new TagResourceCommand({ ResourceArn: Table.TableArn, Tags: [{ Key: "stage", Value: "test" }] }));
const tags = await client.send(new ListTagsOfResourceCommand({ ResourceArn: Table.TableArn }));
assert.deepEqual(
  Object.fromEntries(tags.Tags.map((tag) => [tag.Key, tag.Value])),
  { team: "stock", stage: "test" },
);

const streams = new DynamoDBStreamsClient({});
await client.send(new DeleteItemCommand({ TableName, Key }));
const listed = await streams.send(new ListStreamsCommand({ TableName }));
const StreamArn = listed.Streams[0].StreamArn;
assert.equal(StreamArn, Table.LatestStreamArn);
const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
assert.equal(StreamDescription.StreamViewType, "NEW_AND_OLD_IMAGES");
const events = [];
for (const { ShardId } of StreamDescription.Shards) {
  let { ShardIterator } = await streams.send(
    new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" }),
  );
  while (ShardIterator) {
    const { Records, NextShardIterator } = await streams.send(new GetRecordsCommand({ ShardIterator }));
    events.push(...Records);
    ShardIterator = Records.length ? NextShardIterator : undefined;
  }
}
const ofLamp = events.filter((event) => event.dynamodb.Keys.shop.S === "north");
assert.deepEqual(
  ofLamp.map((event) => event.eventName),
  ["INSERT", "MODIFY", "REMOVE"],
);
assert.equal(ofLamp[1].dynamodb.OldImage.price.N, "19.9");
assert.deepEqual(unmarshall(ofLamp[2].dynamodb.OldImage).photo, new Uint8Array([0, 1, 254, 255]));
assert(ofLamp[0].dynamodb.ApproximateCreationDateTime instanceof Date);
assert.equal(events.length, 65);

const names = [];
for await (const page of paginateListTables({ client, pageSize: 1 }, {})) names.push(...page.TableNames);
assert.deepEqual(names, [TableName]);
await client.send(new DeleteTableCommand({ TableName }));
assert.equal((await waitUntilTableNotExists({ client, maxWaitTime: 60 }, { TableName })).state, "SUCCESS");
await assert.rejects(client.send(new GetItemCommand({ TableName, Key })), ResourceNotFoundException);
