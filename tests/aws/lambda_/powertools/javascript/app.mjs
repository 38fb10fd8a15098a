// A shop, made of what Powertools for AWS Lambda (TypeScript) offers.
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { NotFoundError, Router } from '@aws-lambda-powertools/event-handler/http';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { DynamoDBProvider } from '@aws-lambda-powertools/parameters/dynamodb';
import { getSecret } from '@aws-lambda-powertools/parameters/secrets';
import { getParameter, getParameters } from '@aws-lambda-powertools/parameters/ssm';
import { Tracer } from '@aws-lambda-powertools/tracer';

const logger = new Logger({ serviceName: 'shop' });
const metrics = new Metrics({ namespace: 'Shop', serviceName: 'shop' });
const tracer = new Tracer({ serviceName: 'shop' });
const dynamodb = tracer.captureAWSv3Client(new DynamoDBClient({}));

const count = async (what) => {
  const updated = await dynamodb.send(new UpdateItemCommand({
    TableName: 'effects',
    Key: { id: { S: what } },
    UpdateExpression: 'ADD times :one',
    ExpressionAttributeValues: { ':one': { N: '1' } },
    ReturnValues: 'UPDATED_NEW',
  }));
  return Number(updated.Attributes.times.N);
};

const checkOut = async (event, context) => {
  logger.addContext(context);
  logger.appendKeys({ amount: event.amount });
  metrics.captureColdStartMetric();
  metrics.addDimension('kind', 'web');
  metrics.addMetric('Revenue', MetricUnit.Count, event.amount);
  const segment = tracer.getSegment();
  const charging = segment?.addNewSubsegment('charge');
  if (charging) tracer.setSegment(charging);
  const times = await count(`charge ${event.order}`);
  charging?.close();
  if (segment) tracer.setSegment(segment);
  logger.info('charged', { times });
  metrics.publishStoredMetrics();
  return { times };
};

const config = new IdempotencyConfig({ eventKeyJmesPath: 'order' });
const pay = makeIdempotent(
  async (event) => ({ paid: event.order, times: await count(`pay ${event.order}`) }),
  { persistenceStore: new DynamoDBPersistenceLayer({ tableName: 'idempotency' }), config },
);

const settings = new DynamoDBProvider({ tableName: 'settings' });
const read = async () => ({
  parameter: await getParameter('/shop/url'),
  decrypted: await getParameter('/shop/key', { decrypt: true }),
  all: await getParameters('/shop'),
  secret: await getSecret('shop/db', { transform: 'json' }),
  item: await settings.get('colour'),
  items: await settings.getMultiple('sizes'),
  cached: await getParameter('/shop/url', { maxAge: 60 }),
});

const processors = {
  'aws:sqs': new BatchProcessor(EventType.SQS),
  'aws:dynamodb': new BatchProcessor(EventType.DynamoDBStreams),
  'aws:kinesis': new BatchProcessor(EventType.KinesisDataStreams),
};
const textOf = (record) =>
  record.body ?? record.dynamodb?.NewImage.id.S ?? Buffer.from(record.kinesis.data, 'base64').toString();

const take = async (record) => {
  const text = textOf(record);
  await count(`${record.eventSource} ${text}`);
  if (text === 'bad') throw new Error("can't be taken");
};

const api = new Router();
api.get('/orders/:order', ({ params }) => {
  if (params.order === 'none') throw new NotFoundError('no such order');
  return { order: params.order };
});
api.post('/orders', async ({ req }) => {
  const { order } = await req.json();
  return new Response(JSON.stringify({ created: order }), {
    status: 201,
    headers: { 'Content-Type': 'application/json' },
  });
});

export const handler = async (event, context) => {
  if (event.Records) {
    return processPartialResponse(event, take, processors[event.Records[0].eventSource], { context });
  }
  if (event.requestContext) return api.resolve(event, context);
  config.registerLambdaContext(context);
  return { check_out: checkOut, pay, read }[event.do](event, context);
};
