// Orders and their lines, kept with the document client of the AWS SDK for JavaScript 3 (lib-dynamodb).
import assert from "node:assert/strict";
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocument,
  DynamoDBDocumentClient,
  ExecuteStatementCommand,
  GetCommand,
  NumberValue,
  PutCommand,
  QueryCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
  paginateQuery,
  paginateScan,
} from "@aws-sdk/lib-dynamodb";

const client = new DynamoDBClient({});
const documents = DynamoDBDocumentClient.from(client, {
  marshallOptions: { removeUndefinedValues: true, convertClassInstanceToMap: true, convertEmptyValues: false },
});
const TableName = "orders";
await client.send(
  new CreateTableCommand({
    TableName,
    AttributeDefinitions: ["pk", "sk"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
    BillingMode: "PAY_PER_REQUEST",
  }),
);
await waitUntilTableExists({ client, maxWaitTime: 60 }, { TableName });

class Address {
  constructor(street) {
    this.street = street;
    this.floor = undefined;
  }
}
const Key = { pk: "order#1", sk: "head" };
const order = {
  ...Key,
  total: 12.5,
  big: 12345678901234567890n,
  exact: NumberValue.from("0.1000000000000000000000000000000000001"),
  tags: new Set(["new", "gift"]),
  numbers: new Set([1, 2]),
  photo: new Uint8Array([1, 2, 3]),
  address: new Address("Main St 1"),
  lines: [{ sku: "lamp", count: 2 }, null, "", true],
  empty: {},
  gone: undefined,
};
await documents.send(new PutCommand({ TableName, Item: order }));
const { Item } = await documents.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
assert.equal(Item.total, 12.5);
assert.equal(Item.big, 12345678901234567890n);
assert.deepEqual(Item.tags, order.tags);
assert.deepEqual(Item.numbers, order.numbers);
assert.deepEqual(new Uint8Array(Item.photo), order.photo);
assert.deepEqual(Item.address, { street: "Main St 1" });
assert.deepEqual(Item.lines, order.lines);
assert.deepEqual(Item.empty, {});
assert(!("gone" in Item));
const exactly = DynamoDBDocumentClient.from(new DynamoDBClient({}), { unmarshallOptions: { wrapNumbers: true } });
const wrapped = await exactly.send(new GetCommand({ TableName, Key }));
assert.equal(wrapped.Item.exact.value, "0.1000000000000000000000000000000000001");
assert.equal(wrapped.Item.big.value, "12345678901234567890");

const { Attributes } = await documents.send(
  new UpdateCommand({
    TableName,
    Key,
    UpdateExpression: "SET #lines = list_append(#lines, :more), version = if_not_exists(version, :zero) + :one",
    ConditionExpression: "size(#lines) = :four AND contains(tags, :tag)",
    ExpressionAttributeNames: { "#lines": "lines" },
    ExpressionAttributeValues: { ":more": [{ sku: "chair" }], ":zero": 0, ":one": 1, ":four": 4, ":tag": "gift" },
    ReturnValues: "ALL_NEW",
  }),
);
assert.equal(Attributes.version, 1);
assert.deepEqual(Attributes.lines.at(-1), { sku: "chair" });
await assert.rejects(
  documents.send(
    new UpdateCommand({
      TableName,
      Key,
      UpdateExpression: "SET version = :v",
      ConditionExpression: "version = :old",
      ExpressionAttributeValues: { ":v": 9, ":old": 7 },
    }),
  ),
  { name: "ConditionalCheckFailedException" },
);

const lines = Array.from({ length: 40 }, (_, number) => ({
  pk: "order#1",
  sk: `line#${String(number).padStart(3, "0")}`,
  count: number,
  note: "x".repeat(1000),
}));
for (let start = 0; start < lines.length; start += 25) {
  const RequestItems = {
    [TableName]: lines.slice(start, start + 25).map((line) => ({ PutRequest: { Item: line } })),
  };
  const { UnprocessedItems } = await documents.send(new BatchWriteCommand({ RequestItems }));
  assert.deepEqual(UnprocessedItems, {});
}
const found = [];
for await (const page of paginateQuery(
  { client: documents, pageSize: 15 },
  {
    TableName,
    KeyConditionExpression: "pk = :p AND begins_with(sk, :line)",
    ExpressionAttributeValues: { ":p": "order#1", ":line": "line#" },
  },
)) {
  found.push(...page.Items);
}
assert.deepEqual(found, lines);
let scanned = 0;
for await (const page of paginateScan(
  { client: documents },
  { TableName, FilterExpression: "#c >= :c", ExpressionAttributeNames: { "#c": "count" }, ExpressionAttributeValues: { ":c": 30 }, Limit: 6 },
)) {
  scanned += page.Items.length;
}
assert.equal(scanned, 10);
const page = await documents.send(
  new QueryCommand({
    TableName,
    KeyConditionExpression: "pk = :p",
    ExpressionAttributeValues: { ":p": "order#1" },
    Limit: 1,
  }),
);
assert.deepEqual(page.LastEvaluatedKey, { pk: "order#1", sk: "head" });
const { Responses } = await documents.send(
  new BatchGetCommand({
    RequestItems: { [TableName]: { Keys: [Key, { pk: "order#1", sk: "line#007" }], ProjectionExpression: "sk" } },
  }),
);
assert.deepEqual(Responses[TableName].map((item) => item.sk).sort(), ["head", "line#007"]);

const token = "a-token-of-one-try";
const transaction = {
  ClientRequestToken: token,
  TransactItems: [
    { Put: { TableName, Item: { pk: "order#2", sk: "head", total: 1 }, ConditionExpression: "attribute_not_exists(pk)" } },
    {
      Update: {
        TableName,
        Key,
        UpdateExpression: "ADD version :one",
        ExpressionAttributeValues: { ":one": 1 },
      },
    },
    {
      ConditionCheck: {
        TableName,
        Key: { pk: "order#1", sk: "line#000" },
        ConditionExpression: "attribute_exists(pk)",
      },
    },
    { Delete: { TableName, Key: { pk: "order#1", sk: "line#039" } } },
  ],
};
await documents.send(new TransactWriteCommand(transaction));
await documents.send(new TransactWriteCommand(transaction));
await assert.rejects(
  documents.send(new TransactWriteCommand({ ...transaction, ClientRequestToken: "another-try" })),
  (error) =>
    error.name === "TransactionCanceledException" &&
    error.CancellationReasons.map(({ Code }) => Code).join() === "ConditionalCheckFailed,None,None,None",
);
const both = await documents.send(
  new TransactGetCommand({
    TransactItems: [
      { Get: { TableName, Key } },
      { Get: { TableName, Key: { pk: "order#1", sk: "line#039" } } },
      { Get: { TableName, Key: { pk: "order#2", sk: "head" } } },
    ],
  }),
);
assert.deepEqual(
  both.Responses.map((response) => response.Item?.version ?? response.Item?.total),
  [2, undefined, 1],
);

const statement = await documents.send(
  new ExecuteStatementCommand({
    Statement: `SELECT sk, "count" FROM "${TableName}" WHERE pk = ? AND sk = ?`,
    Parameters: ["order#1", "line#005"],
  }),
);
assert.deepEqual(statement.Items, [{ sk: "line#005", count: 5 }]);

const short = DynamoDBDocument.from(client);
await short.put({ TableName, Item: { pk: "order#3", sk: "head" } });
assert.deepEqual((await short.get({ TableName, Key: { pk: "order#3", sk: "head" } })).Item, { pk: "order#3", sk: "head" });
const removed = await documents.send(
  new DeleteCommand({ TableName, Key: { pk: "order#3", sk: "head" }, ReturnValues: "ALL_OLD" }),
);
assert.deepEqual(removed.Attributes, { pk: "order#3", sk: "head" });
