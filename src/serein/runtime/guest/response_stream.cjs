// Responses that functions write as streams, and the global `awslambda` that makes them.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
"use strict";

const { Writable } = require("node:stream");

const { logError } = require("./console.cjs");
const { errorDocument, runtimeError } = require("./errors.cjs");
const { requestTo } = require("./runtime_api.cjs");

const HTTP_INTEGRATION = "application/vnd.awslambda.http-integration-response";
const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const HIGH_WATER_MARK = Symbol.for("aws.lambda.runtime.handler.streaming.highWaterMark");
const DEFAULT_HIGH_WATER_MARK = 65_536;

let http;
let agent;

class ResponseStream extends Writable {
  #request;
  #contentType = "application/octet-stream";
  #prelude;
  #id;
  answered;

  constructor(id, highWaterMark) {
    super({ highWaterMark });
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

  /** AWS: what is neither text nor bytes is written as JSON. */
  write(chunk, ...rest) {
    const isRaw = typeof chunk === "string" || Buffer.isBuffer(chunk) || chunk?.constructor === Uint8Array;
    return super.write(isRaw ? chunk : JSON.stringify(chunk), ...rest);
  }

  #begin() {
    if (this.hasBegun) return;
    // Why here: most functions never stream, and loading it is a part of every cold start.
    http ??= require("node:http");
    agent ??= new http.Agent({ keepAlive: true, maxSockets: 1 });
    const headers = {
      "Content-Type": this.#contentType,
      "Lambda-Runtime-Function-Response-Mode": "streaming",
      "Transfer-Encoding": "chunked",
      Trailer: "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
    };
    const target = requestTo(`invocation/${this.#id}/response`);
    this.#request = http.request({ ...target, agent, method: "POST", headers }, (response) => {
      response.resume();
      response.on("end", this.settle.resolve);
    });
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

/** Define `awslambda`, unless the function wants none. */
function installGlobal() {
  if (["1", "true"].includes(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA)) return;
  globalThis.awslambda = {
    streamifyResponse(handler, options) {
      handler[STREAMING] = "response";
      if (typeof options?.highWaterMark === "number") handler[HIGH_WATER_MARK] = Math.trunc(options.highWaterMark);
      return handler;
    },
    HttpResponseStream: class HttpResponseStream {
      static from(stream, prelude) {
        stream.setPrelude(prelude);
        return stream;
      }
    },
  };
}

/** Run a streaming handler. Rejects with an error that came before anything was written. */
async function runStreaming(handler, event, context) {
  const highWaterMark = Number.parseInt(handler[HIGH_WATER_MARK], 10) || DEFAULT_HIGH_WATER_MARK;
  const stream = new ResponseStream(context.awsRequestId, highWaterMark);
  const failed = new Promise((_, reject) => stream.once("error", reject));
  const finished = new Promise((resolve) => stream.once("finish", resolve));
  const handled = async () => {
    const running = handler(event, stream, context);
    if (typeof running?.then !== "function") throw "Streaming does not support non-async handlers.";
    if ((await running) !== undefined) console.warn("Streaming handlers ignore return values.");
  };
  try {
    await Promise.race([failed, Promise.all([handled(), finished])]);
    await stream.answered;
  } catch (error) {
    if (!stream.hasBegun) throw error;
    logError("Invoke Error", error);
    await stream.breakOff(error);
  }
}

module.exports = { installGlobal, runStreaming };
