// AWS's SDK for JavaScript, version 3: a topic with a filtered queue, batches, pages, and error names.
import assert from "node:assert/strict";
import {
  CreateTopicCommand, DeleteTopicCommand, GetSubscriptionAttributesCommand, InvalidParameterException,
  ListTagsForResourceCommand, NotFoundException, PublishBatchCommand, PublishCommand, SNSClient,
  SetSubscriptionAttributesCommand, SubscribeCommand, UnsubscribeCommand, paginateListTopics,
} from "@aws-sdk/client-sns";
import {
  CreateQueueCommand, DeleteMessageCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient,
} from "@aws-sdk/client-sqs";

const sns = new SNSClient({});
const sqs = new SQSClient({});
const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "inbox" }));
const asked = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "news", Tags: [{ Key: "team", Value: "a" }] }));
const { Tags } = await sns.send(new ListTagsForResourceCommand({ ResourceArn: TopicArn }));
assert.deepEqual(Tags, [{ Key: "team", Value: "a" }]);

const { SubscriptionArn } = await sns.send(new SubscribeCommand({
  TopicArn, Protocol: "sqs", Endpoint: asked.Attributes.QueueArn, ReturnSubscriptionArn: true,
  Attributes: { FilterPolicy: JSON.stringify({ kind: ["book", { prefix: "news" }] }) },
}));

async function next() {
  const { Messages } = await sqs.send(new ReceiveMessageCommand({
    QueueUrl, WaitTimeSeconds: 20, MessageAttributeNames: ["All"],
  }));
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages[0].ReceiptHandle }));
  return Messages[0];
}

const kind = (StringValue) => ({ kind: { DataType: "String", StringValue } });
await sns.send(new PublishCommand({ TopicArn, Message: "left out", MessageAttributes: kind("film") }));
const { MessageId } = await sns.send(new PublishCommand({
  TopicArn, Message: "grün", Subject: "hello", MessageAttributes: kind("book"),
}));
const envelope = JSON.parse((await next()).Body);
assert.deepEqual([envelope.Type, envelope.MessageId, envelope.Message, envelope.Subject],
  ["Notification", MessageId, "grün", "hello"]);
assert.equal(envelope.MessageAttributes.kind.Value, "book");

await sns.send(new SetSubscriptionAttributesCommand({
  SubscriptionArn, AttributeName: "RawMessageDelivery", AttributeValue: "true",
}));
const { Attributes } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
assert.equal(Attributes.RawMessageDelivery, "true");
const batch = await sns.send(new PublishBatchCommand({
  TopicArn,
  PublishBatchRequestEntries: [
    { Id: "a", Message: "raw", MessageAttributes: { ...kind("newspaper"), bytes: {
      DataType: "Binary", BinaryValue: new Uint8Array([0, 255, 7]),
    } } },
    { Id: "b", Message: "left out", MessageAttributes: kind("film") },
  ],
}));
assert.deepEqual(batch.Successful.map(({ Id }) => Id), ["a", "b"]);
assert.deepEqual(batch.Failed ?? [], []);
const raw = await next();
assert.equal(raw.Body, "raw");
assert.deepEqual([...raw.MessageAttributes.bytes.BinaryValue], [0, 255, 7]);

for (let n = 0; n < 101; n++) await sns.send(new CreateTopicCommand({ Name: `topic-${n}` }));
let topics = 0;
for await (const page of paginateListTopics({ client: sns }, {})) topics += page.Topics.length;
assert.equal(topics, 102);

await assert.rejects(sns.send(new PublishCommand({ TopicArn, Message: "" })), InvalidParameterException);
await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
await assert.rejects(sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn })), NotFoundException);
await sns.send(new DeleteTopicCommand({ TopicArn }));
await assert.rejects(sns.send(new PublishCommand({ TopicArn, Message: "x" })), NotFoundException);
