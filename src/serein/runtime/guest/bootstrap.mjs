// Lambda's Node.js runtime: loads the handler and serves invocations over the Runtime API. No dependencies; Node >= 18.
//
// Its order (variables, folder, search paths) comes as JSON on stdin, so that a process can be started before it is
// known which function it will run.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html

import fs from "node:fs";
import http from "node:http";
import module, { createRequire } from "node:module";
import path from "node:path";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";

import { redirect } from "./aws_hosts.mjs";
import { installConsole } from "./console.mjs";
import { errorDocument, loggedError, runtimeError } from "./errors.mjs";

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const HTTP_INTEGRATION = "application/vnd.awslambda.http-integration-response";
const UNCAUGHT_STATUS = 129;
const UNHANDLED_STATUS = 128;

const order = JSON.parse(fs.readFileSync(0, "utf8"));
if (order.env) {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, order.env);
} else {
  // A wrapper script has started this process for its function, and may have changed the variables.
  order.cwd = process.env.LAMBDA_TASK_ROOT;
  order.searchPath = (process.env.NODE_PATH ?? "").split(":").filter(Boolean);
}
if (process.env.SEREIN_AWS_HOSTS) redirect(process.env.SEREIN_AWS_HOSTS);
delete process.env.SEREIN_AWS_HOSTS;
process.chdir(order.cwd);
module.Module._initPaths();
createRequire(import.meta.url)("./sdk_2.cjs");

const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
let requestId;
installConsole(() => requestId);

// --- the Runtime API

function send(method, target, headers, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host, port, agent, method, path: `/2018-06-01/runtime/${target}`, headers },
      (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }));
        response.on("error", reject);
      },
    );
    request.setNoDelay(true);
    request.on("error", reject);
    request.end(body);
  });
}

async function post(target, document, extra = {}) {
  const body = Buffer.from(document);
  const headers = { "Content-Type": "application/json", "Content-Length": body.length, ...extra };
  const reply = await send("POST", target, headers, body);
  if (reply.status >= 300 && reply.status !== 413) {
    throw runtimeError("RuntimeApiError", `${target} was answered ${reply.status}: ${reply.body}`);
  }
}

function postError(target, error) {
  const document = errorDocument(error);
  return post(target, JSON.stringify(document), {
    "Lambda-Runtime-Function-Error-Type": encodeURIComponent(document.errorType).slice(0, 256),
  });
}

// --- loading the handler

const SEARCHES_SDK = (order.searchPath || []).length > 0;

function packageIsModule(file) {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    try {
      return JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8")).type === "module";
    } catch (error) {
      if (error instanceof SyntaxError) throw error;
    }
    if (folder === path.dirname(folder) || folder === order.cwd) return false;
  }
}

async function importModule(file) {
  if (SEARCHES_SDK) {
    const hooks = new URL("./resolve_hook.mjs", import.meta.url);
    if (module.registerHooks) {
      module.registerHooks({ resolve: (await import(hooks)).resolverOf(order.searchPath) });
    } else {
      module.register?.(hooks, { data: order.searchPath });
    }
  }
  return import(pathToFileURL(file).href);
}

async function loadModule(folder, name) {
  const base = path.resolve(order.cwd, folder, name);
  const requireFrom = createRequire(path.join(order.cwd, "index.js"));
  for (const [extension, kind] of [["", ""], [".js", ""], [".mjs", "module"], [".cjs", "script"]]) {
    const file = base + extension;
    if (!fs.existsSync(file) || !fs.statSync(file).isFile()) continue;
    const isModule = kind === "module" || (kind === "" && file.endsWith(".js") && packageIsModule(file));
    return isModule ? importModule(file) : requireFrom(file);
  }
  const wanted = folder === "." ? name : `${folder}/${name}`;
  try {
    return requireFrom(requireFrom.resolve(`./${wanted}`));
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND" || !error.message.startsWith(`Cannot find module './${wanted}'`)) throw error;
    const missing = new Error(`Cannot find module '${wanted}'\nRequire stack:\n- /var/runtime/index.mjs`);
    throw Object.assign(missing, { code: error.code });
  }
}

async function loadHandler(handler) {
  if (handler.includes("..")) {
    throw runtimeError(
      "MalformedHandlerName",
      `'${handler}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const name = path.basename(handler);
  const match = /^([^.]*)\.(.*)$/.exec(name);
  if (!match) throw runtimeError("MalformedHandlerName", "Bad handler");
  const folder = handler.slice(0, handler.length - name.length).replace(/\/$/, "") || ".";
  let found;
  try {
    found = await loadModule(folder, match[1]);
  } catch (error) {
    if (error instanceof SyntaxError) throw runtimeError("UserCodeSyntaxError", String(error), error);
    if (error && ["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"].includes(error.code)) {
      throw runtimeError("ImportModuleError", String(error), error);
    }
    throw error;
  }
  const pick = (from) => match[2].split(".").reduce((value, key) => value?.[key], from);
  const chosen = pick(found) ?? pick(found?.default);
  if (chosen === undefined || chosen === null) {
    throw runtimeError("HandlerNotFound", `${handler} is undefined or not exported`);
  }
  if (typeof chosen !== "function") throw runtimeError("HandlerNotFound", `${handler} is not a function`);
  return chosen;
}

// --- streamed responses

class ResponseStream extends Writable {
  #request;
  #contentType = "application/octet-stream";
  #prelude;
  #id;
  answered;

  constructor(id) {
    super({ highWaterMark: 65_536 });
    this.#id = id;
    this.answered = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    this.answered.catch(() => {});
  }

  get hasBegun() {
    return this.#request !== undefined;
  }

  setContentType(contentType) {
    if (this.hasBegun) throw runtimeError("InvalidStreamingOperation", "Cannot set content-type, too late.");
    this.#contentType = contentType;
  }

  setPrelude(prelude) {
    this.setContentType(HTTP_INTEGRATION);
    this.#prelude = prelude;
  }

  #begin() {
    if (this.hasBegun) return;
    this.#request = http.request(
      {
        host,
        port,
        agent,
        method: "POST",
        path: `/2018-06-01/runtime/invocation/${this.#id}/response`,
        headers: {
          "Content-Type": this.#contentType,
          "Lambda-Runtime-Function-Response-Mode": "streaming",
          "Transfer-Encoding": "chunked",
          Trailer: "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
        },
      },
      (response) => {
        response.resume();
        response.on("end", this.settle.resolve);
      },
    );
    this.#request.setNoDelay(true);
    this.#request.on("error", this.settle.reject);
    if (this.#prelude !== undefined) {
      this.#request.write(JSON.stringify(this.#prelude));
      this.#request.write(Buffer.alloc(8));
    }
  }

  _write(chunk, _, done) {
    this.#begin();
    if (this.#request.write(chunk)) done();
    else this.#request.once("drain", () => done());
  }

  _final(done) {
    this.#begin();
    this.#request.end(() => done());
  }

  /** End the response with the error that cut it short. */
  breakOff(error) {
    const document = errorDocument(error);
    this.#request.addTrailers({
      "Lambda-Runtime-Function-Error-Type": document.errorType.replace(/[^\x20-\x7e]/g, "?"),
      "Lambda-Runtime-Function-Error-Body": Buffer.from(JSON.stringify(document)).toString("base64"),
    });
    this.#request.end();
    return this.answered;
  }
}

globalThis.awslambda = {
  streamifyResponse(handler, options) {
    handler[STREAMING] = "response";
    if (options?.highWaterMark) handler[Symbol.for("aws.lambda.runtime.handler.streaming.highWaterMark")] = options.highWaterMark;
    return handler;
  },
  HttpResponseStream: {
    from(stream, prelude) {
      stream.setPrelude(prelude);
      return stream;
    },
  },
};

// --- invocations

function contextOf(headers) {
  const parsed = (name) => (headers[name] ? JSON.parse(headers[name]) : undefined);
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parsed("lambda-runtime-client-context"),
    identity: parsed("lambda-runtime-cognito-identity"),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    getRemainingTimeInMillis: () => Math.max(deadline - Date.now(), 0),
  };
}

let whenLoopIsEmpty = () => {};
process.on("beforeExit", () => whenLoopIsEmpty());

/** Run a handler of either style; resolves with its result or rejects with its error. */
function run(handler, event, context) {
  return new Promise((resolve, reject) => {
    let isDone = false;
    const finish = (error, result) => {
      if (isDone) return;
      isDone = true;
      const settle = () => (error === undefined || error === null ? resolve(result) : reject(error));
      if (context.callbackWaitsForEmptyEventLoop) whenLoopIsEmpty = settle;
      else setImmediate(settle);
    };
    context.done = (error, result) => finish(error, result);
    context.succeed = (result) => finish(undefined, result);
    context.fail = (error) => finish(error ?? new Error("handled"));
    // AWS: a handler that neither answers nor returns a promise answers null once there is nothing left to do.
    whenLoopIsEmpty = () => resolve(null);
    const result = handler(event, context, finish);
    if (typeof result?.then === "function") result.then(resolve, reject);
  });
}

async function runStreaming(handler, event, context) {
  const stream = new ResponseStream(context.awsRequestId);
  const failed = new Promise((_, reject) => stream.once("error", reject));
  const finished = new Promise((resolve) => stream.once("finish", resolve));
  try {
    await Promise.race([failed, Promise.all([handler(event, stream, context), finished])]);
    await stream.answered;
  } catch (error) {
    if (!stream.hasBegun) throw error;
    console.error("Invoke Error", `\t${loggedError(error)}`);
    await stream.breakOff(error);
  }
}

async function serve(handler, headers, body) {
  const target = `invocation/${requestId}`;
  try {
    const context = contextOf(headers);
    const event = JSON.parse(body);
    if (handler[STREAMING]) return await runStreaming(handler, event, context);
    const result = await run(handler, event, context);
    let document;
    try {
      document = JSON.stringify(result === undefined ? null : result) ?? "null";
    } catch {
      throw new Error("Unable to stringify response body");
    }
    return await post(`${target}/response`, document);
  } catch (error) {
    console.error("Invoke Error", `\t${loggedError(error)}`);
    return postError(`${target}/error`, error);
  } finally {
    whenLoopIsEmpty = () => {};
  }
}

async function end(label, error, status) {
  console.error(label, `\t${loggedError(error)}`);
  try {
    await postError(requestId ? `invocation/${requestId}/error` : "init/error", error);
  } finally {
    process.exit(status);
  }
}

process.on("uncaughtException", (error) => end("Uncaught Exception", error, UNCAUGHT_STATUS));
process.on("unhandledRejection", (reason) =>
  end(
    "Unhandled Promise Rejection",
    Object.assign(runtimeError("UnhandledPromiseRejection", reason?.toString(), reason instanceof Error ? reason : undefined), {
      reason,
    }),
    UNHANDLED_STATUS,
  ),
);

let handler;
try {
  handler = await loadHandler(process.env._HANDLER);
} catch (error) {
  await end("Uncaught Exception", error, UNCAUGHT_STATUS);
}
for (;;) {
  const next = await send("GET", "invocation/next", {});
  if (next.status !== 200) process.exit(1);
  requestId = next.headers["lambda-runtime-aws-request-id"];
  process.env._X_AMZN_TRACE_ID = next.headers["lambda-runtime-trace-id"] ?? "";
  await serve(handler, next.headers, next.body);
}
