// Waits for a debugger before a function is loaded: Node's own inspector, as `node --inspect-brk` opens it.
"use strict";

const fs = require("node:fs");
const inspector = require("node:inspector");

/** Listen, say so (`services/lambda_/debugging.py` waits for it), and return when a debugger says: go on. */
function waitForDebugger(port) {
  inspector.open(port, "127.0.0.1");
  const url = inspector.url();
  if (url === undefined) process.exit(1);
  fs.writeSync(2, `Debugger listening on ${url}; the code is in ${process.env.LAMBDA_TASK_ROOT}\n`);
  inspector.waitForDebugger();
}

module.exports = { waitForDebugger };
