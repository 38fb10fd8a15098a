// AWS's SDK for JavaScript, version 3: a FIFO queue, attributes of all types, batches with failures, and error names.
import assert from "node:assert/strict";
import {
  ChangeMessageVisibilityCommand, CreateQueueCommand, DeleteMessageBatchCommand, DeleteQueueCommand,
  GetQueueAttributesCommand, GetQueueUrlCommand, PurgeQueueInProgress, PurgeQueueCommand, QueueDoesNotExist,
  ReceiveMessageCommand, SQSClient, SendMessageBatchCommand, SendMessageCommand,
} from "@aws-sdk/client-sqs";

const sqs = new SQSClient({});
const { QueueUrl } = await sqs.send(new CreateQueueCommand({
  QueueName: "orders.fifo", Attributes: { FifoQueue: "true", ContentBasedDeduplication: "true" }, tags: { team: "a" },
}));
assert.equal((await sqs.send(new GetQueueUrlCommand({ QueueName: "orders.fifo" }))).QueueUrl, QueueUrl);

// The SDK compares the checksums of bodies and attributes itself, and throws when they differ.
const attributes = {
  text: { DataType: "String.label", StringValue: "grün" },
  number: { DataType: "Number", StringValue: "1.5" },
  bytes: { DataType: "Binary.png", BinaryValue: new Uint8Array([0, 255, 7]) },
};
for (let n = 0; n < 3; n++) {
  await sqs.send(new SendMessageCommand({
    QueueUrl, MessageBody: `order ${n}`, MessageGroupId: "g", MessageAttributes: attributes,
  }));
}
const received = await sqs.send(new ReceiveMessageCommand({
  QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ["All"], MessageSystemAttributeNames: ["All"],
}));
assert.deepEqual(received.Messages.map((message) => message.Body), ["order 0", "order 1", "order 2"]);
assert.deepEqual([...received.Messages[0].MessageAttributes.bytes.BinaryValue], [0, 255, 7]);
assert.equal(received.Messages[0].MessageAttributes.text.DataType, "String.label");
assert.equal(received.Messages[0].Attributes.MessageGroupId, "g");

const [first, ...others] = received.Messages;
await sqs.send(new ChangeMessageVisibilityCommand({
  QueueUrl, ReceiptHandle: first.ReceiptHandle, VisibilityTimeout: 0,
}));
const deleted = await sqs.send(new DeleteMessageBatchCommand({
  QueueUrl,
  Entries: [
    ...others.map((message, n) => ({ Id: `m${n}`, ReceiptHandle: message.ReceiptHandle })),
    { Id: "wrong", ReceiptHandle: "wrong" },
  ],
}));
assert.equal(deleted.Successful.length, 2);
assert.deepEqual(deleted.Failed.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault]),
  [["wrong", "ReceiptHandleIsInvalid", true]]);
const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
assert.equal(Attributes.ApproximateNumberOfMessages, "1");

const batch = await sqs.send(new SendMessageBatchCommand({
  QueueUrl,
  Entries: [
    { Id: "a", MessageBody: "fine", MessageGroupId: "h" },
    { Id: "b", MessageBody: "not \u0001 fine", MessageGroupId: "h" },
  ],
}));
assert.equal(batch.Successful[0].Id, "a");
assert.equal(batch.Failed[0].Code, "InvalidMessageContents");

await sqs.send(new PurgeQueueCommand({ QueueUrl }));
await assert.rejects(sqs.send(new PurgeQueueCommand({ QueueUrl })), PurgeQueueInProgress);
await sqs.send(new DeleteQueueCommand({ QueueUrl }));
await assert.rejects(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x", MessageGroupId: "g" })),
  QueueDoesNotExist);
