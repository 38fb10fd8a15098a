// The console of a function: each call is one record of its log, as text or as JSON.
//
// Records are framed (a marker, a length, a time), so that one with several lines stays one.

import fs from "node:fs";
import util from "node:util";

import { traceOf } from "./errors.mjs";

const LOG_DESCRIPTOR = 3;
const LEVELS = { trace: "TRACE", debug: "DEBUG", log: "INFO", info: "INFO", warn: "WARN", error: "ERROR", fatal: "FATAL" };
const RANKS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const FRAME_BITS = { TRACE: 1, DEBUG: 2, INFO: 3, WARN: 4, ERROR: 5, FATAL: 6 };
const isJson = () => (process.env.AWS_LAMBDA_LOG_FORMAT || "").toUpperCase() === "JSON";
const leastRank = () => Math.max(RANKS.indexOf((process.env.AWS_LAMBDA_LOG_LEVEL || "TRACE").toUpperCase()), 0);

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

function writeRecord(level, text) {
  const message = Buffer.from(text);
  const head = Buffer.alloc(16);
  head.writeUInt32BE(((0xa55a0000 | (FRAME_BITS[level] << 2)) + (isJson() ? 2 : 3)) >>> 0, 0);
  head.writeUInt32BE(message.length, 4);
  head.writeBigUInt64BE(BigInt(Date.now()) * 1000n, 8);
  writeAll(Buffer.concat([head, message]));
}

function jsonRecord(level, requestId, args) {
  const record = { timestamp: new Date().toISOString(), level, requestId };
  const error = args.find((value) => value instanceof Error);
  const only = args.length === 1 ? args[0] : undefined;
  record.message = only !== undefined && !(only instanceof Error) && typeof only === "object" ? only : util.format(...args);
  if (error) {
    Object.assign(record, { errorType: error.name, errorMessage: error.message, stackTrace: traceOf(error) });
  }
  try {
    return JSON.stringify(record, (_, value) => (typeof value === "bigint" ? String(value) : value));
  } catch {
    return JSON.stringify({ ...record, message: util.format(...args) });
  }
}

/** Replace the console's methods; `currentRequestId` gives the id of the running invocation. */
export function installConsole(currentRequestId) {
  for (const [method, level] of Object.entries(LEVELS)) {
    console[method] = (...args) => {
      if (RANKS.indexOf(level) < leastRank()) return;
      const requestId = currentRequestId();
      const text = isJson()
        ? jsonRecord(level, requestId, args)
        : `${new Date().toISOString()}\t${requestId}\t${level}\t${util.format(...args)}\n`;
      writeRecord(level, text);
    };
  }
}
