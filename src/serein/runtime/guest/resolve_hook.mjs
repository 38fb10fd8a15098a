// Lets `import` find packages where NODE_PATH lets `require` find them: the SDK of the runtime and layers' packages.

import { pathToFileURL } from "node:url";

let folders = [];

export function initialize(data) {
  folders = data;
}

function isBare(specifier) {
  return !/^([./]|[a-z][a-z0-9+.-]*:)/i.test(specifier) || /^@/.test(specifier);
}

function places(searchPath) {
  return searchPath.map((folder) => pathToFileURL(`${folder}/../-.mjs`).href);
}

export async function resolve(specifier, context, nextResolve) {
  try {
    return await nextResolve(specifier, context);
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND" || !isBare(specifier)) throw error;
    for (const parentURL of places(folders)) {
      try {
        return await nextResolve(specifier, { ...context, parentURL });
      } catch {
        continue;
      }
    }
    throw error;
  }
}

/** The same for `module.registerHooks`, which is synchronous. */
export function resolverOf(searchPath) {
  return (specifier, context, nextResolve) => {
    try {
      return nextResolve(specifier, context);
    } catch (error) {
      if (!["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"].includes(error.code) || !isBare(specifier)) throw error;
      for (const parentURL of places(searchPath)) {
        try {
          return nextResolve(specifier, { ...context, parentURL });
        } catch {
          continue;
        }
      }
      throw error;
    }
  };
}
