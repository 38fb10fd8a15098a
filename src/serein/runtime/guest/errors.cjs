// Errors as Lambda reports and logs them.
"use strict";

const util = require("node:util");

function traceOf(error) {
  return typeof error.stack === "string" ? error.stack.split("\n") : [];
}

/** What the Runtime API is told of an error, or of whatever else was thrown. */
function errorDocument(error) {
  try {
    const isLikeError = ["name", "message", "stack"].every((key) => error?.[key] && typeof error[key] === "string");
    if (util.types.isNativeError(error) || isLikeError) {
      return { errorType: error.name, errorMessage: error.message, trace: traceOf(error) };
    }
    return { errorType: typeof error, errorMessage: error.toString(), trace: [] };
  } catch {
    return {
      errorType: "handled",
      errorMessage:
        "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack",
    };
  }
}

/** An error with what it carries, as the log shows it; those inside it too. */
function loggedError(error) {
  const shown = (_, value) => {
    if (!(value instanceof Error)) return value;
    const parts = { errorType: value.name, errorMessage: value.message, code: value.code, ...value };
    if (typeof value.stack === "string") parts.stack = value.stack.split("\n");
    return parts;
  };
  const whole = error instanceof Error ? error : new Error(error);
  try {
    return JSON.stringify(whole, shown);
  } catch {
    return JSON.stringify(errorDocument(whole));
  }
}

/** An error of the runtime itself; `cause` is what it was, whose trace it has. */
function runtimeError(name, message, cause) {
  const error = new Error(message);
  Object.defineProperty(error, "name", { value: `Runtime.${name}` });
  if (cause) error.stack = `${error.name}: ${message}\n${traceOf(cause).slice(1).join("\n")}`;
  return error;
}

module.exports = { traceOf, errorDocument, loggedError, runtimeError };
