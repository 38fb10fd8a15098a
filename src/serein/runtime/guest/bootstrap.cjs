// Lambda's Node.js runtime: loads the handler and serves invocations over the Runtime API. No dependencies; Node >= 18.
//
// Its order (variables, folder, search paths) comes as JSON on stdin, so that a process can be started before it is
// known which function it will run. CommonJS, as ES modules take half as long again to start.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
"use strict";

const fs = require("node:fs");
const Module = require("node:module");

const { redirect } = require("./aws_hosts.cjs");
const { belongTo, installConsole, logError } = require("./console.cjs");
const { runtimeError } = require("./errors.cjs");
const { isStreaming, loadHandler, takesCallback } = require("./loading.cjs");
const { installGlobal, runStreaming } = require("./response_stream.cjs");
const api = require("./runtime_api.cjs");

const UNCAUGHT_STATUS = 129;
const UNHANDLED_STATUS = 128;

const order = JSON.parse(fs.readFileSync(0, "utf8"));
if (order.env) {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, order.env);
} else {
  // This process has been started for its function, perhaps by a wrapper script that has changed the variables.
  order.cwd = process.env.LAMBDA_TASK_ROOT;
  order.searchPath = (process.env.NODE_PATH ?? "").split(":").filter(Boolean);
}
if (process.env.SEREIN_AWS_HOSTS) redirect(process.env.SEREIN_AWS_HOSTS);
delete process.env.SEREIN_AWS_HOSTS;
// AWS: its runtime is an ES module, so that a function finds no `require.main`.
process.mainModule = undefined;
process.chdir(order.cwd);
Module._initPaths();
require("./sdk_2.cjs");

const major = Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV ?? "")?.[1] ?? 0);
let requestId;
api.connectTo(process.env.AWS_LAMBDA_RUNTIME_API);
// Why here: a process that was started in advance could not know that its function wants this.
if ((process.env.NODE_OPTIONS ?? "").split(/\s+/).includes("--enable-source-maps")) process.setSourceMapsEnabled(true);
installConsole();
installGlobal();
let stopsAtHandler = false;
if (process.env.SEREIN_DEBUG_PORT) {
  const [port, stops] = process.env.SEREIN_DEBUG_PORT.split(" ");
  delete process.env.SEREIN_DEBUG_PORT;
  stopsAtHandler = stops === "stop";
  require("./debugging.cjs").waitForDebugger(Number(port));
}

// --- invocations

function contextOf(headers) {
  const parsed = (name, shown) => {
    try {
      return headers[name] ? JSON.parse(headers[name]) : undefined;
    } catch (error) {
      throw new Error(`Cannot parse ${shown} as json: ${error}`);
    }
  };
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const context = {
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parsed("lambda-runtime-client-context", "ClientContext"),
    identity: parsed("lambda-runtime-cognito-identity", "CognitoIdentity"),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    tenantId: headers["lambda-runtime-aws-tenant-id"],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  if (major >= 24) context.xRayTraceId = headers["lambda-runtime-trace-id"];
  return context;
}

let whenLoopIsEmpty = () => {};
process.on("beforeExit", () => whenLoopIsEmpty());

/** Run a handler of any style that runtimes before nodejs24.x take; resolves with its result or rejects. */
function runAnyStyle(handler, event, context) {
  return new Promise((resolve, reject) => {
    let isDone = false;
    let waits = true;
    const once = (settle) => (error, result) => {
      if (isDone) return;
      isDone = true;
      whenLoopIsEmpty = () => {};
      if (error === undefined || error === null) settle(result);
      else reject(error);
    };
    const done = once(resolve);
    const callback = once((result) => {
      if (waits) whenLoopIsEmpty = () => setImmediate(resolve, result);
      else resolve(result);
    });
    Object.defineProperty(context, "callbackWaitsForEmptyEventLoop", {
      enumerable: true,
      get: () => waits,
      set: (value) => {
        waits = value;
      },
    });
    context.done = done;
    context.succeed = (result) => done(null, result);
    context.fail = (error) => done(error ?? "handled");
    // AWS: a handler that is not async and never answers has answered null once there is nothing left to do.
    whenLoopIsEmpty = () => {
      if (handler.constructor?.name !== "AsyncFunction") return resolve(null);
      return reject(
        runtimeError(
          "NodeJsExit",
          "The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes",
        ),
      );
    };
    const result = handler(event, context, callback);
    if (typeof result?.then === "function") result.then(context.succeed, context.fail);
  });
}

function stringified(result) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? "null";
  } catch {
    const message = "Unable to stringify response body";
    throw major >= 24 ? runtimeError("JSONStringifyError", message) : new Error(message);
  }
}

/** Run the handler; resolves with what will be known once the answer was taken. */
async function serve(handler, headers, body) {
  const target = `invocation/${requestId}`;
  try {
    const context = contextOf(headers);
    const event = JSON.parse(body);
    // The function's handler is called next: step into it.
    if (stopsAtHandler) debugger;
    if (isStreaming(handler)) {
      await runStreaming(handler, event, context);
      return { answered: undefined };
    }
    const result = await (takesCallback(handler, major) ? runAnyStyle(handler, event, context) : handler(event, context));
    return { answered: api.post(`${target}/response`, stringified(result)) };
  } catch (error) {
    logError("Invoke Error", error);
    return { answered: api.postError(`${target}/error`, error) };
  } finally {
    whenLoopIsEmpty = () => {};
  }
}

async function end(label, error, status) {
  logError(label, error);
  try {
    await api.postError(requestId ? `invocation/${requestId}/error` : "init/error", error);
  } finally {
    process.exit(status);
  }
}

process.on("uncaughtException", (error) => end("Uncaught Exception", error, UNCAUGHT_STATUS));
process.on("unhandledRejection", (reason, promise) => {
  const cause = reason instanceof Error ? reason : undefined;
  const error = runtimeError("UnhandledPromiseRejection", String(reason), cause);
  return end("Unhandled Promise Rejection", Object.assign(error, { reason, promise }), UNHANDLED_STATUS);
});

async function run() {
  let handler;
  try {
    handler = await loadHandler(order.cwd, process.env._HANDLER, major, order.searchPath ?? []);
  } catch (error) {
    await end("Uncaught Exception", error, UNCAUGHT_STATUS);
  }
  let answered;
  for (;;) {
    const [next] = await Promise.all([api.next(), answered]);
    if (next.status !== 200) process.exit(1);
    requestId = next.headers["lambda-runtime-aws-request-id"];
    belongTo(requestId, next.headers["lambda-runtime-aws-tenant-id"]);
    const traceId = next.headers["lambda-runtime-trace-id"];
    if (traceId) process.env._X_AMZN_TRACE_ID = traceId;
    else delete process.env._X_AMZN_TRACE_ID;
    ({ answered } = await serve(handler, next.headers, next.body));
  }
}

run().catch((error) => end("Uncaught Exception", error, UNCAUGHT_STATUS));
