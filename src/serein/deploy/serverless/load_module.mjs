// Loads a module that a serverless.yml names and prints what it exports, as JSON behind a null byte.
//
// Standard input says which: {path, export, options, known}, and for TypeScript {esbuild, folder}. A function is called with the framework's arguments; when
// it asks for a variable that is not known yet, the variable is printed instead.
// https://www.serverless.com/framework/docs/guides/variables/javascript

import fs from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const order = JSON.parse(fs.readFileSync(0, "utf8"));

function finish(result) {
  fs.writeSync(1, `\0${JSON.stringify(result)}`);
  process.exit(0);
}

function find(name) {
  if (!(name in order.known)) finish({ asks: name });
  return order.known[name];
}

const require = createRequire(import.meta.url);
if (order.esbuild) require("./load_typescript.cjs").register(order.esbuild, order.folder);
const loaded = order.esbuild ? { default: require(order.path) } : await import(pathToFileURL(order.path).href);
const exported = loaded.default ?? loaded;
const whole = exported.__esModule && "default" in exported ? exported.default : exported;
let value = order.export ? (whole[order.export] ?? exported[order.export] ?? loaded[order.export]) : whole;
if (typeof value === "function") {
  value = await value({
    options: order.options,
    resolveVariable: async (text) => find(text),
    resolveConfigurationProperty: async (path) => find(`self:${path.join(".")}`),
  });
}
finish({ value: await value });
