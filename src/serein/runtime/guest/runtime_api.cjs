// The Runtime API as the Node.js runtime uses it: one connection, kept open, on which an answer and the question for
// the next event go out together.
//
// Why not node:http: its two requests were most of what an invocation of a small function cost, and loading it a good
// part of a cold start. The API is Serein's own and always states the length of what it replies.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"use strict";

const net = require("node:net");

const { errorDocument, runtimeError } = require("./errors.cjs");

const PREFIX = "/2018-06-01/runtime/";
const HEAD_END = Buffer.from("\r\n\r\n");
const LARGEST_JOINED = 65_536;
const place = { host: "", port: 0 };
const waiting = [];
let socket;
let received = [];
let head;
let missing = 0;

/** Say where it is, as `host:port`. */
function connectTo(address) {
  [place.host, place.port] = address.split(":");
}

/** Where a target is, for requests that are made by other means. */
const requestTo = (target) => ({ ...place, path: `${PREFIX}${target}` });

function parseHead(text) {
  const [status, ...lines] = text.split("\r\n");
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { status: Number(status.split(" ", 2)[1]), headers };
}

function take(data) {
  received.push(data);
  for (;;) {
    if (head === undefined) {
      if (received.length > 1) received = [Buffer.concat(received)];
      const end = received[0].indexOf(HEAD_END);
      if (end < 0) return;
      head = parseHead(received[0].toString("utf8", 0, end));
      received[0] = received[0].subarray(end + HEAD_END.length);
      missing = Number(head.headers["content-length"] ?? 0) - received[0].length;
    } else {
      missing -= data.length;
    }
    if (missing > 0) return;
    const all = received.length > 1 ? Buffer.concat(received) : received[0];
    const size = all.length + missing;
    const reply = { ...head, body: all.subarray(0, size) };
    head = undefined;
    const rest = all.subarray(size);
    received = rest.length ? [rest] : [];
    waiting.shift().resolve(reply);
    // Why: a function that waits for nothing but us must be able to end.
    if (!waiting.length) socket.unref();
    if (!rest.length) return;
  }
}

function lost(error) {
  socket = undefined;
  head = undefined;
  received = [];
  for (const { reject } of waiting.splice(0)) reject(error ?? new Error("the Runtime API closed the connection"));
}

function connect() {
  socket = net.connect({ ...place, noDelay: true });
  socket.on("data", take);
  const own = socket;
  socket.on("error", (error) => own === socket && lost(error));
  socket.on("close", () => own === socket && lost());
}

function send(method, target, headers, body) {
  if (socket === undefined) connect();
  if (!socket.writableCorked) {
    socket.cork();
    process.nextTick((corked) => corked.uncork(), socket);
  }
  let request = `${method} ${PREFIX}${target} HTTP/1.1\r\nHost: ${place.host}:${place.port}\r\n`;
  for (const name in headers) request += `${name}: ${headers[name]}\r\n`;
  if (body === undefined) {
    socket.write(`${request}\r\n`, "latin1");
  } else {
    const size = Buffer.byteLength(body);
    request += `Content-Type: application/json\r\nContent-Length: ${size}\r\n\r\n`;
    if (size <= LARGEST_JOINED) {
      socket.write(request + body);
    } else {
      socket.write(request, "latin1");
      socket.write(body);
    }
  }
  socket.ref();
  return new Promise((resolve, reject) => {
    waiting.push({ resolve, reject });
  });
}

/** The next event: status, headers and body. */
const next = () => send("GET", "invocation/next", {});

/** Send a document; resolves with nothing once it was taken. */
async function post(target, document, headers = {}) {
  const reply = await send("POST", target, headers, document);
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

module.exports = { connectTo, requestTo, next, post, postError };
