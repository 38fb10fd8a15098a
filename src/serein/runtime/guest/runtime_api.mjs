// The Runtime API as the Node.js runtime uses it.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

import http from "node:http";

import { errorDocument, runtimeError } from "./errors.mjs";

const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
const place = { host: "", port: 0 };

/** Say where it is, as `host:port`. */
export function connectTo(address) {
  [place.host, place.port] = address.split(":");
}

/** Begin a request; `answered` gets the response. */
export function begin(method, target, headers, answered) {
  const path = `/2018-06-01/runtime/${target}`;
  const request = http.request({ ...place, agent, method, path, headers }, answered);
  request.setNoDelay(true);
  return request;
}

function send(method, target, headers, body) {
  return new Promise((resolve, reject) => {
    const request = begin(method, target, headers, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      );
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** The next event: status, headers and body. */
export const next = () => send("GET", "invocation/next", {});

export async function post(target, document, extra = {}) {
  const body = Buffer.from(document);
  const headers = { "Content-Type": "application/json", "Content-Length": body.length, ...extra };
  const reply = await send("POST", target, headers, body);
  if (reply.status >= 300 && reply.status !== 413) {
    throw runtimeError("RuntimeApiError", `${target} was answered ${reply.status}: ${reply.body}`);
  }
}

export function postError(target, error) {
  const document = errorDocument(error);
  return post(target, JSON.stringify(document), {
    "Lambda-Runtime-Function-Error-Type": encodeURIComponent(document.errorType).slice(0, 256),
  });
}
