// Accounts and their users in one table, modelled with OneTable.
import assert from "node:assert/strict";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { OneTableError, Table } from "dynamodb-onetable";
import { Dynamo } from "dynamodb-onetable/Dynamo";

const schema = {
  format: "onetable:1.1.0",
  version: "0.0.1",
  indexes: {
    primary: { hash: "pk", sort: "sk" },
    gs1: { hash: "gs1pk", sort: "gs1sk", project: "all" },
  },
  models: {
    Account: {
      pk: { type: String, value: "account#${id}" },
      sk: { type: String, value: "account#" },
      id: { type: String, required: true },
      name: { type: String, required: true },
      seats: { type: Number, default: 3 },
      expires: { type: Date, ttl: true },
    },
    User: {
      pk: { type: String, value: "account#${accountId}" },
      sk: { type: String, value: "user#${email}" },
      gs1pk: { type: String, value: "user#" },
      gs1sk: { type: String, value: "${email}" },
      accountId: { type: String, required: true },
      email: { type: String, required: true, unique: true },
      status: { type: String, default: "active", enum: ["active", "idle"] },
      visits: { type: Number, default: 0 },
      born: { type: Date },
      photo: { type: Buffer },
      address: { type: Object, default: {}, schema: { street: { type: String }, zip: { type: Number } } },
      roles: { type: Array },
    },
  },
  params: { isoDates: true, timestamps: true },
};
const client = new Dynamo({ client: new DynamoDBClient({}) });
const table = new Table({ client, name: "accounts", schema, partial: true });
await table.createTable();
assert(await table.exists());
const Account = table.getModel("Account");
const User = table.getModel("User");

const acme = await Account.create({ id: "1", name: "Acme", expires: new Date(4102444800000) });
assert.deepEqual([acme.seats, acme.expires], [3, new Date(4102444800000)]);
const ann = await User.create({
  accountId: "1",
  email: "ann@example.com",
  born: new Date("1990-05-01T00:00:00Z"),
  photo: Buffer.from([1, 2, 255]),
  address: { street: "Main St", zip: 1234 },
  roles: ["admin"],
});
assert(ann.created instanceof Date);
await assert.rejects(
  User.create({ accountId: "1", email: "ann@example.com" }),
  (error) => error instanceof OneTableError && error.code === "UniqueError",
);
const got = await User.get({ accountId: "1", email: "ann@example.com" });
assert.deepEqual(got.born, new Date("1990-05-01T00:00:00Z"));
assert.deepEqual(Buffer.from(got.photo), Buffer.from([1, 2, 255]));
assert.deepEqual(got.address, { street: "Main St", zip: 1234 });

const updated = await User.update(
  { accountId: "1", email: "ann@example.com", status: "idle" },
  { return: "get", add: { visits: 2 }, set: { "address.zip": 99 }, where: "${status} = {active}" },
);
assert.deepEqual([updated.visits, updated.address, updated.status], [2, { street: "Main St", zip: 99 }, "idle"]);
await assert.rejects(
  User.update({ accountId: "1", email: "ann@example.com", visits: 9 }, { where: "${status} = {active}" }),
);
const pushed = await User.update(
  { accountId: "1", email: "ann@example.com" },
  { return: "get", push: { roles: ["owner"] }, remove: ["photo"] },
);
assert.deepEqual([pushed.roles, pushed.photo], [["admin", "owner"], undefined]);

const batch = {};
for (let number = 0; number < 20; number += 1) {
  await table.create("User", {
    accountId: "2",
    email: `u${String(number).padStart(2, "0")}@example.com`,
    visits: number,
  });
}
await Account.create({ id: "3", name: "Batch" }, { batch, exists: null });
await Account.create({ id: "4", name: "Batch" }, { batch, exists: null });
await table.batchWrite(batch);
const reads = {};
await Account.get({ id: "3" }, { batch: reads });
await Account.get({ id: "4" }, { batch: reads });
assert.equal((await table.batchGet(reads, { parse: true })).length, 2);

const page = await User.find({ accountId: "2" }, { limit: 12 });
assert.equal(page.length, 12);
const rest = await User.find({ accountId: "2" }, { next: page.next });
assert.deepEqual([rest.length, rest.next], [8, undefined]);
const back = await User.find({ accountId: "2", sk: { begins: "user#u1" } }, { reverse: true, limit: 3 });
assert.deepEqual(
  back.map(({ visits }) => visits),
  [19, 18, 17],
);
const busy = await User.find({ accountId: "2" }, { where: "${visits} >= {15} and ${status} = {active}" });
assert.equal(busy.length, 5);
const indexed = await User.find({ gs1pk: "user#" }, { index: "gs1", limit: 5 });
assert.equal(indexed[0].email, "ann@example.com");
const { count } = await User.scan({}, { count: true });
assert.equal(count, 21);
const items = await table.fetch(["Account", "User"], { pk: "account#1" });
assert.deepEqual([items.Account.length, items.User.length], [1, 1]);

const transaction = {};
await Account.update({ id: "1", name: "Acme 2" }, { transaction });
await User.update({ accountId: "1", email: "ann@example.com", status: "active" }, { transaction });
await table.transact("write", transaction);
assert.equal((await Account.get({ id: "1" })).name, "Acme 2");
const doomed = {};
await Account.update({ id: "1", name: "Acme 3" }, { transaction: doomed });
await Account.update({ id: "none", name: "x" }, { transaction: doomed });
await assert.rejects(table.transact("write", doomed));
assert.equal((await Account.get({ id: "1" })).name, "Acme 2");

await User.remove({ accountId: "1", email: "ann@example.com" });
await User.create({ accountId: "1", email: "ann@example.com" });
await table.deleteTable("DeleteTableForever");
assert.equal(await table.exists(), false);
