// Errors as Lambda reports and logs them.

import util from "node:util";

export function traceOf(error) {
  return typeof error.stack === "string" ? error.stack.split("\n") : [];
}

export function errorDocument(error) {
  if (util.types.isNativeError(error) || (error && error.name && error.message && error.stack)) {
    return { errorType: error.name, errorMessage: error.message, trace: traceOf(error) };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

export function loggedError(error) {
  const { errorType, errorMessage, trace } = errorDocument(error);
  const own = error !== null && typeof error === "object" ? Object.fromEntries(Object.entries(error)) : {};
  try {
    return JSON.stringify({ errorType, errorMessage, ...own, stack: trace });
  } catch {
    return JSON.stringify({ errorType, errorMessage, stack: trace });
  }
}

export function runtimeError(name, message, cause) {
  const error = new Error(message);
  Object.defineProperty(error, "name", { value: `Runtime.${name}` });
  if (cause) error.stack = `${error.name}: ${message}\n${traceOf(cause).slice(1).join("\n")}`;
  return error;
}
