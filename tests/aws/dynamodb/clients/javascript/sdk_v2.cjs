// A guest book, kept with the DocumentClient of the AWS SDK for JavaScript 2.
process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = "1";
const assert = require("node:assert/strict");
const AWS = require("aws-sdk");

const options = { endpoint: process.env.AWS_ENDPOINT_URL, region: process.env.AWS_REGION };
const TableName = "guests";

async function main() {
  const dynamodb = new AWS.DynamoDB(options);
  const documents = new AWS.DynamoDB.DocumentClient({ service: dynamodb, convertEmptyValues: false });
  await dynamodb
    .createTable({
      TableName,
      AttributeDefinitions: [
        { AttributeName: "house", AttributeType: "S" },
        { AttributeName: "night", AttributeType: "N" },
        { AttributeName: "name", AttributeType: "S" },
      ],
      KeySchema: [
        { AttributeName: "house", KeyType: "HASH" },
        { AttributeName: "night", KeyType: "RANGE" },
      ],
      LocalSecondaryIndexes: [
        {
          IndexName: "by-name",
          KeySchema: [
            { AttributeName: "house", KeyType: "HASH" },
            { AttributeName: "name", KeyType: "RANGE" },
          ],
          Projection: { ProjectionType: "KEYS_ONLY" },
        },
      ],
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
      StreamSpecification: { StreamEnabled: true, StreamViewType: "KEYS_ONLY" },
    })
    .promise();
  const { Table } = await dynamodb.waitFor("tableExists", { TableName }).promise();
  assert.equal(Table.ProvisionedThroughput.ReadCapacityUnits, 5);
  assert(Table.CreationDateTime instanceof Date);

  const guest = {
    house: "hill",
    night: 1,
    name: "Ann",
    wishes: documents.createSet(["quiet", "tea"]),
    rooms: documents.createSet([2, 4]),
    key: Buffer.from([7, 8, 9]),
    paid: false,
    extras: { breakfast: [1, 2, null, ""] },
  };
  await documents.put({ TableName, Item: guest }).promise();
  const { Item } = await documents.get({ TableName, Key: { house: "hill", night: 1 } }).promise();
  assert.deepEqual(new Set(Item.wishes.values), new Set(["quiet", "tea"]));
  assert.equal(Item.wishes.type, "String");
  assert.deepEqual(new Set(Item.rooms.values), new Set([2, 4]));
  assert.deepEqual(Item.key, guest.key);
  assert.deepEqual([Item.paid, Item.extras], [false, guest.extras]);

  const updated = await documents
    .update({
      TableName,
      Key: { house: "hill", night: 1 },
      UpdateExpression: "SET paid = :yes, extras.late = :late ADD wishes :more",
      ConditionExpression: "paid = :no",
      ExpressionAttributeValues: { ":yes": true, ":no": false, ":late": 1, ":more": documents.createSet(["sun"]) },
      ReturnValues: "ALL_NEW",
    })
    .promise();
  assert.equal(updated.Attributes.paid, true);
  assert.equal(updated.Attributes.wishes.values.length, 3);
  const legacy = await documents
    .update({
      TableName,
      Key: { house: "hill", night: 1 },
      AttributeUpdates: { stars: { Action: "ADD", Value: 5 } },
      Expected: { paid: { Value: true } },
      ReturnValues: "UPDATED_NEW",
    })
    .promise();
  assert.deepEqual(legacy.Attributes, { stars: 5 });
  await assert.rejects(
    documents
      .put({ TableName, Item: { house: "hill", night: 1 }, ConditionExpression: "attribute_not_exists(house)" })
      .promise(),
    (error) => error.code === "ConditionalCheckFailedException" && error.statusCode === 400 && !error.retryable,
  );

  const puts = Array.from({ length: 20 }, (_, number) => ({
    PutRequest: { Item: { house: "lake", night: number, name: `guest ${99 - number}` } },
  }));
  const written = await documents.batchWrite({ RequestItems: { [TableName]: puts } }).promise();
  assert.deepEqual(written.UnprocessedItems, {});
  const read = await documents
    .batchGet({ RequestItems: { [TableName]: { Keys: [{ house: "lake", night: 3 }, { house: "hill", night: 1 }] } } })
    .promise();
  assert.equal(read.Responses[TableName].length, 2);

  const nights = [];
  let ExclusiveStartKey;
  do {
    const page = await documents
      .query({
        TableName,
        IndexName: "by-name",
        KeyConditionExpression: "#h = :h",
        ExpressionAttributeNames: { "#h": "house" },
        ExpressionAttributeValues: { ":h": "lake" },
        Limit: 6,
        ExclusiveStartKey,
      })
      .promise();
    nights.push(...page.Items.map((item) => item.night));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  assert.deepEqual(nights, Array.from({ length: 20 }, (_, number) => 19 - number));
  const scanned = await documents
    .scan({ TableName, FilterExpression: "night IN (:a, :b)", ExpressionAttributeValues: { ":a": 1, ":b": 2 } })
    .promise();
  assert.deepEqual([scanned.Count, scanned.ScannedCount], [3, 21]);

  // Pages one after another, as `eachPage` gives them to a callback.
  const count = await new Promise((resolve, reject) => {
    let total = 0;
    dynamodb.scan({ TableName, Limit: 5 }).eachPage((error, data) => {
      if (error) return reject(error);
      if (data === null) return resolve(total);
      total += data.Count;
      return true;
    });
  });
  assert.equal(count, 21);

  await documents
    .transactWrite({
      TransactItems: [
        { Put: { TableName, Item: { house: "sea", night: 1 } } },
        { Delete: { TableName, Key: { house: "lake", night: 0 } } },
      ],
    })
    .promise();
  let reasons;
  const refused = documents.transactWrite({
    TransactItems: [
      { ConditionCheck: { TableName, Key: { house: "x", night: 1 }, ConditionExpression: "attribute_exists(house)" } },
    ],
  });
  refused.on("extractError", (response) => {
    reasons = JSON.parse(response.httpResponse.body.toString()).CancellationReasons;
  });
  await assert.rejects(refused.promise(), { code: "TransactionCanceledException" });
  assert.equal(reasons[0].Code, "ConditionalCheckFailed");
  const got = await documents
    .transactGet({ TransactItems: [{ Get: { TableName, Key: { house: "sea", night: 1 } } }] })
    .promise();
  assert.deepEqual(got.Responses, [{ Item: { house: "sea", night: 1 } }]);

  const streams = new AWS.DynamoDBStreams(options);
  const { StreamDescription } = await streams.describeStream({ StreamArn: Table.LatestStreamArn }).promise();
  let records = 0;
  for (const { ShardId } of StreamDescription.Shards) {
    const { ShardIterator } = await streams
      .getShardIterator({ StreamArn: Table.LatestStreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" })
      .promise();
    const { Records } = await streams.getRecords({ ShardIterator }).promise();
    records += Records.length;
    assert(Records.every((record) => record.dynamodb.StreamViewType === "KEYS_ONLY" && !record.dynamodb.NewImage));
  }
  assert.equal(records, 25);

  const plain = AWS.DynamoDB.Converter.unmarshall(
    (await dynamodb.getItem({ TableName, Key: { house: { S: "sea" }, night: { N: "1" } } }).promise()).Item,
  );
  assert.deepEqual(plain, { house: "sea", night: 1 });
  await dynamodb.deleteTable({ TableName }).promise();
  await dynamodb.waitFor("tableNotExists", { TableName }).promise();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
