// Waits for a debugger before a function is loaded: Node's own inspector, as `node --inspect-brk` opens it.

import fs from "node:fs";
import inspector from "node:inspector";

/** Listen, say so (`services/lambda_/debugging.py` waits for it), and return when a debugger says: go on. */
export function waitForDebugger(port) {
  inspector.open(port, "127.0.0.1");
  const url = inspector.url();
  if (url === undefined) process.exit(1);
  fs.writeSync(2, `Debugger listening on ${url}; the code is in ${process.env.LAMBDA_TASK_ROOT}\n`);
  inspector.waitForDebugger();
}
