// sqs-consumer: long polls, one handler a message, failures that come back and end in the dead-letter queue.
import assert from "node:assert/strict";
import { once } from "node:events";
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient, SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { Consumer } from "sqs-consumer";

const sqs = new SQSClient({});
const dead = (await sqs.send(new CreateQueueCommand({ QueueName: "dead" }))).QueueUrl;
const ask = { QueueUrl: dead, AttributeNames: ["QueueArn"] };
const deadArn = (await sqs.send(new GetQueueAttributesCommand(ask))).Attributes.QueueArn;
const { QueueUrl } = await sqs.send(new CreateQueueCommand({
  QueueName: "jobs",
  Attributes: { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadArn, maxReceiveCount: 2 }) },
}));

const handled = new Map();
const letters = [];
const all = new Promise((resolve) => {
  const look = () => handled.size === 21 && handled.get("poison") === 2 && letters.length === 1 && resolve();
  const jobs = Consumer.create({
    queueUrl: QueueUrl, sqs, batchSize: 10, waitTimeSeconds: 5, terminateVisibilityTimeout: true,
    handleMessage: async (message) => {
      handled.set(message.Body, (handled.get(message.Body) ?? 0) + 1);
      look();
      if (message.Body === "poison") throw new Error("no");
      return message;
    },
  });
  jobs.on("processing_error", () => {});
  const morgue = Consumer.create({
    queueUrl: dead, sqs, waitTimeSeconds: 5,
    handleMessage: async (message) => { letters.push(message.Body); look(); return message; },
  });
  for (const consumer of [jobs, morgue]) {
    consumer.on("error", (error) => { throw error; });
    consumer.start();
  }
  globalThis.consumers = [jobs, morgue];
});

const bodies = ["poison", ...Array.from({ length: 20 }, (_, n) => `job ${n}`)];
for (let start = 0; start < bodies.length; start += 10) {
  const Entries = bodies.slice(start, start + 10).map((MessageBody, n) => ({ Id: `m${n}`, MessageBody }));
  const { Failed } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  assert.equal(Failed, undefined);
}
await all;
assert.deepEqual(letters, ["poison"]);
for (let n = 0; n < 20; n++) assert.equal(handled.get(`job ${n}`), 1);
const stopped = globalThis.consumers.map((consumer) => once(consumer, "stopped"));
for (const consumer of globalThis.consumers) consumer.stop({ abort: true });
await Promise.all(stopped);
