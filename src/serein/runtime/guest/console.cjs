// The console of a function: each call is one record of its log, as text or as JSON.
//
// Records are framed (a marker, a length, a time), so that one with several lines stays one.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
"use strict";

const fs = require("node:fs");
const util = require("node:util");

const { loggedError, traceOf } = require("./errors.cjs");

const LOG_DESCRIPTOR = 3;
const RANKS = { TRACE: 1, DEBUG: 2, INFO: 3, WARN: 4, ERROR: 5, FATAL: 6 };
const METHODS = { trace: "TRACE", debug: "DEBUG", info: "INFO", log: "INFO", warn: "WARN", error: "ERROR", fatal: "FATAL" };
const running = { requestId: undefined, tenantId: undefined };
let isJson = false;

function writeAll(buffer) {
  let offset = 0;
  while (offset < buffer.length) {
    try {
      offset += fs.writeSync(LOG_DESCRIPTOR, buffer, offset);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

function writeRecord(level, now, text) {
  const message = Buffer.from(text);
  const head = Buffer.alloc(16);
  head.writeUInt32BE(((0xa55a0000 | (RANKS[level] << 2)) + (isJson ? 2 : 3)) >>> 0, 0);
  head.writeUInt32BE(message.length, 4);
  head.writeBigUInt64BE(BigInt(now.valueOf()) * 1000n, 8);
  writeAll(Buffer.concat([head, message]));
}

const typeOf = (error) => error?.constructor?.name ?? "UnknownError";

function withErrors(_, value) {
  if (!(value instanceof Error)) return value;
  const stackTrace = typeof value.stack === "string" ? value.stack.split("\n") : value.stack;
  return { errorType: typeOf(value), errorMessage: value.message, stackTrace, ...value };
}

function jsonRecord(level, now, args) {
  const record = { timestamp: now.toISOString(), level, requestId: running.requestId };
  if (running.tenantId !== undefined) record.tenantId = running.tenantId;
  if (args.length === 1) {
    record.message = args[0];
    try {
      return JSON.stringify(record, withErrors);
    } catch {
      return JSON.stringify({ ...record, message: util.format(args[0]) });
    }
  }
  record.message = util.format(...args);
  const error = args.find((value) => value instanceof Error);
  if (error) {
    Object.assign(record, { errorType: typeOf(error), errorMessage: error.message, stackTrace: traceOf(error) });
  }
  return JSON.stringify(record);
}

/** Replace the console's methods as the function's log format and level say. */
function installConsole() {
  isJson = (process.env.AWS_LAMBDA_LOG_FORMAT || "").toUpperCase() === "JSON";
  const least = RANKS[(process.env.AWS_LAMBDA_LOG_LEVEL || "").toUpperCase()] ?? RANKS.TRACE;
  for (const [method, level] of Object.entries(METHODS)) {
    if (RANKS[level] < least) {
      console[method] = () => {};
      continue;
    }
    console[method] = (...args) => {
      const now = new Date();
      const text = isJson
        ? jsonRecord(level, now, args)
        : `${now.toISOString()}\t${running.requestId}\t${level}\t${util.format(...args)}\n`;
      writeRecord(level, now, text);
    };
  }
}

/** What the records that follow say of the invocation that they belong to. */
function belongTo(requestId, tenantId) {
  Object.assign(running, { requestId, tenantId });
}

/** Log an error as Lambda's runtime does. */
function logError(label, error) {
  if (isJson) console.error(error instanceof Error ? error : new Error(error));
  else console.error(label, `\t${loggedError(error)}`);
}

module.exports = { installConsole, belongTo, logError };
