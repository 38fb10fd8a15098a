// A task tracker in one table, modelled with ElectroDB.
import assert from "node:assert/strict";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Entity, Service } from "electrodb";

const client = new DynamoDBClient({});
const table = "tracker";
const key = (pk, sk) => [
  { AttributeName: pk, KeyType: "HASH" },
  { AttributeName: sk, KeyType: "RANGE" },
];
await client.send(
  new CreateTableCommand({
    TableName: table,
    AttributeDefinitions: ["pk", "sk", "gsi1pk", "gsi1sk"].map((AttributeName) => ({
      AttributeName,
      AttributeType: "S",
    })),
    KeySchema: key("pk", "sk"),
    GlobalSecondaryIndexes: [
      { IndexName: "gsi1", KeySchema: key("gsi1pk", "gsi1sk"), Projection: { ProjectionType: "ALL" } },
    ],
    BillingMode: "PAY_PER_REQUEST",
  }),
);

const tasks = new Entity(
  {
    model: { entity: "task", version: "1", service: "tracker" },
    attributes: {
      project: { type: "string", required: true },
      task: { type: "string", required: true },
      owner: { type: "string", required: true },
      status: { type: ["open", "done"], default: "open" },
      points: { type: "number", default: 1 },
      labels: { type: "set", items: "string" },
      history: { type: "list", items: { type: "map", properties: { what: { type: "string" } } } },
      updated: { type: "number", watch: "*", set: () => Date.now() },
    },
    indexes: {
      byProject: { pk: { field: "pk", composite: ["project"] }, sk: { field: "sk", composite: ["task"] } },
      byOwner: {
        index: "gsi1",
        collection: "assignments",
        pk: { field: "gsi1pk", composite: ["owner"] },
        sk: { field: "gsi1sk", composite: ["status", "task"] },
      },
    },
  },
  { client, table },
);
const people = new Entity(
  {
    model: { entity: "person", version: "1", service: "tracker" },
    attributes: {
      owner: { type: "string", required: true },
      name: { type: "string" },
      load: { type: "number", default: 0 },
    },
    indexes: {
      byId: { pk: { field: "pk", composite: ["owner"] }, sk: { field: "sk", composite: [] } },
      team: {
        index: "gsi1",
        collection: "assignments",
        pk: { field: "gsi1pk", composite: ["owner"] },
        sk: { field: "gsi1sk", composite: [] },
      },
    },
  },
  { client, table },
);
const tracker = new Service({ tasks, people }, { client, table });

await people.create({ owner: "ann", name: "Ann" }).go();
const first = await tasks.create({ project: "roof", task: "t01", owner: "ann", labels: ["wood"] }).go();
assert.equal(first.data.status, "open");
await assert.rejects(tasks.create({ project: "roof", task: "t01", owner: "ann" }).go(), (error) =>
  String(error.message).includes("The conditional request failed"),
);
const more = Array.from({ length: 30 }, (_, number) => ({
  project: "roof",
  task: `t${String(number + 10)}`,
  owner: number % 3 ? "ann" : "bob",
  points: number,
}));
assert.deepEqual((await tasks.put(more).go()).unprocessed, []);

const { data: got } = await tasks.get({ project: "roof", task: "t01" }).go();
assert.deepEqual(got.labels, ["wood"]);
const patched = await tasks
  .patch({ project: "roof", task: "t01" })
  .set({ status: "done" })
  .add({ points: 4, labels: ["steel"] })
  .append({ history: [{ what: "begun" }] })
  .where(({ status }, { eq }) => eq(status, "open"))
  .go({ response: "all_new" });
assert.equal(patched.data.points, 5);
assert.deepEqual(patched.data.history, [{ what: "begun" }]);
assert.deepEqual([...patched.data.labels].sort(), ["steel", "wood"]);
await assert.rejects(tasks.patch({ project: "roof", task: "none" }).set({ points: 2 }).go());
const upserted = await tasks
  .upsert({ project: "shed", task: "t1", owner: "eve" })
  .add({ points: 2 })
  .go({ response: "all_new" });
assert.equal(upserted.data.owner, "eve");

const range = await tasks.query.byProject({ project: "roof" }).between({ task: "t12" }, { task: "t15" }).go();
assert.deepEqual(
  range.data.map(({ task }) => task),
  ["t12", "t13", "t14", "t15"],
);
let cursor = null;
const all = [];
do {
  const page = await tasks.query.byProject({ project: "roof" }).go({ cursor, limit: 8, order: "desc" });
  all.push(...page.data);
  cursor = page.cursor;
} while (cursor);
assert.equal(all.length, 31);
assert.equal(all.at(-1).task, "t01");
const heavy = await tasks.query
  .byOwner({ owner: "bob", status: "open" })
  .where(({ points }, { gte }) => gte(points, 15))
  .go({ pages: "all" });
assert.deepEqual(
  heavy.data.map(({ points }) => points),
  [15, 18, 21, 24, 27],
);
const { data: assignments } = await tracker.collections.assignments({ owner: "ann" }).go({ pages: "all" });
assert.equal(assignments.people[0].name, "Ann");
assert.equal(assignments.tasks.length, 21);
const scanned = await tasks.scan.where(({ status }, { eq }) => eq(status, "done")).go({ pages: "all" });
assert.equal(scanned.data.length, 1);
const batch = await tasks.get([{ project: "roof", task: "t10" }, { project: "roof", task: "zzz" }]).go();
assert.deepEqual([batch.data.length, batch.unprocessed.length], [1, 0]);

const finish = (task, load) =>
  tracker.transaction
    .write(({ tasks, people }) => [
      tasks.patch({ project: "roof", task }).set({ status: "done" }).commit(),
      people
        .patch({ owner: "ann" })
        .add({ load: 1 })
        .where((attributes, { lt }) => lt(attributes.load, load))
        .commit(),
    ])
    .go();
assert.equal((await finish("t11", 1)).canceled, false);
const refused = await finish("t12", 1);
assert.equal(refused.canceled, true);
assert.deepEqual(
  refused.data.map(({ rejected, code }) => [rejected, code]),
  [
    [false, "None"],
    [true, "ConditionalCheckFailed"],
  ],
);
const { data: read } = await tracker.transaction
  .get(({ tasks, people }) => [
    tasks.get({ project: "roof", task: "t11" }).commit(),
    tasks.get({ project: "roof", task: "t12" }).commit(),
    people.get({ owner: "ann" }).commit(),
  ])
  .go();
assert.deepEqual([read[0].item.status, read[1].item.status, read[2].item.load], ["done", "open", 1]);
await tasks.remove({ project: "shed", task: "t1" }).go();
assert.equal((await tasks.get({ project: "shed", task: "t1" }).go()).data, null);
