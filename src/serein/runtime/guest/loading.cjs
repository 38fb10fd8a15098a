// Finds a function's handler, as the runtime client of AWS's Node.js runtimes does.
//
// AWS: up to nodejs22.x a file is required or imported by its extension and its package's type, and the handler is one
// of the module's exports. From nodejs24.x on every file is imported, and the default export is searched too.
"use strict";

const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const { runtimeError } = require("./errors.cjs");

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const isFile = (file) => fs.existsSync(file) && fs.statSync(file).isFile();

function packageIsModule(folder) {
  if (folder.endsWith("/node_modules")) return false;
  const file = path.join(folder, "package.json");
  if (fs.existsSync(file)) {
    try {
      return JSON.parse(fs.readFileSync(file, "utf8"))?.type === "module";
    } catch (error) {
      console.warn(`${file} cannot be read, it will be ignored for ES module detection purposes.`, error);
      return false;
    }
  }
  return folder === path.dirname(folder) ? false : packageIsModule(path.dirname(folder));
}

async function importModule(file, searchPath) {
  if (searchPath.length > 0) {
    const hooks = pathToFileURL(path.join(__dirname, "resolve_hook.mjs"));
    if (Module.registerHooks) {
      Module.registerHooks({ resolve: (await import(hooks)).resolverOf(searchPath) });
    } else {
      Module.register?.(hooks, { data: searchPath });
    }
  }
  return import(pathToFileURL(file).href);
}

async function loadModule(root, folder, name, { importsAll, searchPath }) {
  const base = path.resolve(root, folder, name);
  const requireFrom = Module.createRequire(path.join(root, "index.js"));
  for (const extension of ["", ".js", ".mjs", ".cjs"]) {
    const file = base + extension;
    if (!isFile(file)) continue;
    const isModule = extension === ".mjs" || (extension === ".js" && packageIsModule(path.dirname(file)));
    return importsAll || isModule ? importModule(file, searchPath) : requireFrom(file);
  }
  const places = [root, path.resolve(root, folder)];
  try {
    return requireFrom(requireFrom.resolve(base));
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND" || !error.message.startsWith(`Cannot find module '${base}'`)) throw error;
  }
  try {
    return requireFrom(requireFrom.resolve(name, { paths: places }));
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND" || !error.message.startsWith(`Cannot find module '${name}'`)) throw error;
    const missing = new Error(`Cannot find module '${name}'\nRequire stack:\n- /var/runtime/index.mjs`);
    throw Object.assign(missing, { code: error.code });
  }
}

function malformed(message) {
  return runtimeError("MalformedHandlerName", message);
}

/** Load `handler` (`folder/file.export`) below `root`; how depends on the runtime's major version. */
async function loadHandler(root, handler, major, searchPath) {
  if (handler.includes("..")) {
    throw malformed(
      `'${handler}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const name = path.basename(handler);
  const match = /^([^.]*)\.(.*)$/.exec(name);
  if (!match) throw malformed("Bad handler");
  const folder = handler.slice(0, handler.indexOf(name));
  const importsAll = major >= 24;
  let found;
  try {
    found = await loadModule(root, folder, match[1], { importsAll, searchPath });
  } catch (error) {
    if (error instanceof SyntaxError) throw runtimeError("UserCodeSyntaxError", String(error), error);
    if (error?.code === "MODULE_NOT_FOUND") throw runtimeError("ImportModuleError", String(error), error);
    throw error;
  }
  const pick = (from) => match[2].split(".").reduce((value, key) => value && value[key], from);
  const chosen = pick(found) || (importsAll ? pick(found?.default) : undefined);
  if (!chosen) throw runtimeError("HandlerNotFound", `${handler} is undefined or not exported`);
  if (typeof chosen !== "function") throw runtimeError("HandlerNotFound", `${handler} is not a function`);
  checkStyle(chosen, major);
  return chosen;
}

/** Whether a handler writes its response as a stream. */
function isStreaming(handler) {
  const mark = handler[STREAMING];
  if (mark === undefined || mark === null || mark === false) return false;
  if (mark !== "response") throw runtimeError("MalformedStreamingHandler", "Only response streaming is supported.");
  return true;
}

/** Whether a handler is called as the runtimes before nodejs24.x do. A stand-in for Node.js 24 knows callbacks still. */
function takesCallback(handler, major) {
  return major < 24 || (handler.length >= 3 && Number.parseInt(process.versions.node, 10) < 24);
}

function checkStyle(handler, major) {
  if (isStreaming(handler) || handler.length < 3) return;
  if (major >= 24) {
    const message =
      "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";
    if (!takesCallback(handler, major)) throw runtimeError("CallbackHandlerDeprecated", message);
    console.warn(`${message} It runs here on Node.js ${process.versions.node}, which stands in for the runtime.`);
    return;
  }
  const isAsync = handler.constructor?.name === "AsyncFunction";
  if (major >= 20 && handler.length === 3 && !isAsync && process.env.AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING === undefined) {
    console.warn(
      "AWS Lambda plans to remove support for callback-based function handlers starting with Node.js 24. You will need to update this function to use an async handler to use Node.js 24 or later. For more information and to provide feedback on this change, see https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/issues/137. To disable this warning, set the AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING environment variable.",
    );
  }
}

module.exports = { loadHandler, isStreaming, takesCallback };
