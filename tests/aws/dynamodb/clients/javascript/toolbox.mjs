// A shelf of books, modelled with DynamoDB-Toolbox.
import assert from "node:assert/strict";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import {
  $add,
  $append,
  BatchGetCommand,
  BatchGetRequest,
  BatchPutRequest,
  BatchWriteCommand,
  DeleteItemCommand,
  DeleteTransaction,
  Entity,
  GetItemCommand,
  GetTransaction,
  PutItemCommand,
  PutTransaction,
  QueryCommand,
  ScanCommand,
  Table,
  UpdateItemCommand,
  UpdateTransaction,
  executeBatchGet,
  executeBatchWrite,
  executeTransactGet,
  executeTransactWrite,
  item,
  list,
  map,
  number,
  set,
  string,
} from "dynamodb-toolbox";

const client = new DynamoDBClient({});
await client.send(
  new CreateTableCommand({
    TableName: "shelf",
    AttributeDefinitions: [
      { AttributeName: "author", AttributeType: "S" },
      { AttributeName: "title", AttributeType: "S" },
      { AttributeName: "year", AttributeType: "N" },
    ],
    KeySchema: [
      { AttributeName: "author", KeyType: "HASH" },
      { AttributeName: "title", KeyType: "RANGE" },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: "by-year",
        KeySchema: [
          { AttributeName: "author", KeyType: "HASH" },
          { AttributeName: "year", KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "ALL" },
      },
    ],
    BillingMode: "PAY_PER_REQUEST",
  }),
);
const table = new Table({
  documentClient: DynamoDBDocumentClient.from(client),
  name: "shelf",
  partitionKey: { name: "author", type: "string" },
  sortKey: { name: "title", type: "string" },
  indexes: { "by-year": { type: "local", sortKey: { name: "year", type: "number" } } },
});
const Book = new Entity({
  name: "BOOK",
  table,
  schema: item({
    author: string().key(),
    title: string().key(),
    year: number(),
    lent: number().default(0),
    topics: set(string()).optional(),
    notes: list(string()).optional(),
    place: map({ room: string(), board: number() }).optional(),
  }),
});

const book = { author: "Le Guin", title: "The Dispossessed", year: 1974 };
await Book.build(PutItemCommand)
  .item({ ...book, topics: new Set(["anarchy"]), notes: [], place: { room: "hall", board: 2 } })
  .options({ condition: { attr: "title", exists: false } })
  .send();
await assert.rejects(
  Book.build(PutItemCommand).item(book).options({ condition: { attr: "title", exists: false } }).send(),
  { name: "ConditionalCheckFailedException" },
);
const key = { author: book.author, title: book.title };
const { Item } = await Book.build(GetItemCommand).key(key).options({ consistent: true }).send();
assert.deepEqual([Item.year, Item.lent, Item.place], [1974, 0, { room: "hall", board: 2 }]);
assert.deepEqual(Item.topics, new Set(["anarchy"]));
const { Attributes } = await Book.build(UpdateItemCommand)
  .item({
    ...key,
    lent: $add(2),
    topics: $add(new Set(["physics"])),
    notes: $append(["signed"]),
    place: { board: 3 },
  })
  .options({ returnValues: "ALL_NEW", condition: { attr: "place.board", lt: 3 } })
  .send();
assert.deepEqual([Attributes.lent, Attributes.notes, Attributes.place], [2, ["signed"], { room: "hall", board: 3 }]);
assert.deepEqual(Attributes.topics, new Set(["anarchy", "physics"]));

const others = Array.from({ length: 12 }, (_, index) => ({ author: "Lem", title: `Tale ${index}`, year: 1950 + index }));
await executeBatchWrite(table.build(BatchWriteCommand).requests(...others.map((one) => Book.build(BatchPutRequest).item(one))));
const { Responses } = await executeBatchGet(
  table
    .build(BatchGetCommand)
    .requests(
      Book.build(BatchGetRequest).key({ author: "Lem", title: "Tale 3" }),
      Book.build(BatchGetRequest).key({ author: "Lem", title: "None" }),
    ),
);
assert.deepEqual(
  Responses[0].map((one) => one?.year),
  [1953, undefined],
);
const { Items } = await table
  .build(QueryCommand)
  .entities(Book)
  .query({ partition: "Lem", index: "by-year", range: { between: [1953, 1960] } })
  .options({ reverse: true, filters: { BOOK: { attr: "title", ne: "Tale 5" } }, limit: 4, maxPages: Infinity })
  .send();
assert.deepEqual(
  Items.map(({ year }) => year),
  [1960, 1959, 1958, 1957, 1956, 1954, 1953],
);
const all = await table.build(ScanCommand).entities(Book).options({ limit: 5, maxPages: Infinity }).send();
assert.equal(all.Items.length, 13);

await executeTransactWrite(
  Book.build(PutTransaction).item({ author: "Lem", title: "Solaris", year: 1961 }),
  Book.build(UpdateTransaction).item({ ...key, lent: $add(1) }),
  Book.build(DeleteTransaction).key({ author: "Lem", title: "Tale 0" }),
);
const read = await executeTransactGet(
  Book.build(GetTransaction).key(key),
  Book.build(GetTransaction).key({ author: "Lem", title: "Tale 0" }),
);
assert.deepEqual(
  read.Responses.map((one) => one.Item?.lent),
  [3, undefined],
);
const removed = await Book.build(DeleteItemCommand).key(key).options({ returnValues: "ALL_OLD" }).send();
assert.equal(removed.Attributes.lent, 3);
