// AWS's host names lead to the platform: what a Node.js function connects to under them, on 443, is somewhere else.
"use strict";

const net = require("node:net");

const NAMES = /\.(amazonaws\.com(\.cn)?|on\.aws|api\.aws)\.?$/i;
// What SDKs put in front of the host for some operations, of AWS_ENDPOINT_URL too.
const PREFIXED = /^(?:sync|stream|data)-(127\.0\.0\.1|localhost)$/;

/** Have AWS's names lead to `host:port`, for whatever connects by `net` (http, https, tls, undici). */
function redirect(address) {
  const [host, port] = address.split(":");
  const connect = net.Socket.prototype.connect;
  const elsewhere = (options) => {
    if (!options || typeof options !== "object") return options;
    const name = options.host ?? options.hostname ?? "";
    if (Number(options.port) === 443 && NAMES.test(name)) {
      return { ...options, host, port: Number(port), lookup: undefined, family: 4 };
    }
    const prefixed = PREFIXED.exec(name);
    return prefixed ? { ...options, host: prefixed[1] } : options;
  };
  net.Socket.prototype.connect = function (...given) {
    // Why two forms: net.connect passes its arguments on as one list that it has put in order.
    if (Array.isArray(given[0])) given[0][0] = elsewhere(given[0][0]);
    else if (typeof given[0] === "object") given[0] = elsewhere(given[0]);
    else if (Number(given[0]) === 443 && NAMES.test(given[1] ?? "")) given.splice(0, 2, { host, port: Number(port) });
    return connect.apply(this, given);
  };
}

module.exports = { redirect };
