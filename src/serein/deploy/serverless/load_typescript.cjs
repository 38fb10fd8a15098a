// Has Node.js load TypeScript: each file is transpiled by esbuild as it is required, `paths` of tsconfig.json are followed.
//
// Why not one bundle: configurations ask for the folder of each of their files.
"use strict";

const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

const KINDS = [".ts", ".tsx", ".mts", ".cts"];

exports.register = (esbuild, folder) => {
  const flags = ["--format=cjs", "--platform=node", "--target=node18", "--loader=ts", "--log-level=error"];
  for (const kind of KINDS) {
    Module._extensions[kind] = (module, filename) => {
      const input = fs.readFileSync(filename);
      module._compile(execFileSync(esbuild, flags, { input, encoding: "utf8" }), filename);
    };
  }
  const aliases = readAliases(path.join(folder, "tsconfig.json"));
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, ...rest) {
    for (const [start, targets] of aliases) {
      if (!request.startsWith(start)) continue;
      for (const target of targets) {
        try {
          return resolve.call(this, target + request.slice(start.length), ...rest);
        } catch (error) {
          if (error.code !== "MODULE_NOT_FOUND") throw error;
        }
      }
    }
    return resolve.call(this, request, ...rest);
  };
};

function readAliases(file) {
  const settings = readSettings(file);
  const root = path.resolve(settings.folder ?? path.dirname(file), settings.baseUrl ?? ".");
  return Object.entries(settings.paths ?? {}).map(([name, targets]) => [
    name.replace(/\*$/, ""),
    targets.map((target) => path.resolve(root, target.replace(/\*$/, "")) + (target.endsWith("/*") ? "/" : "")),
  ]);
}

function readSettings(file) {
  if (!fs.existsSync(file)) return {};
  const text = fs.readFileSync(file, "utf8").replace(/("(?:\\.|[^"\\])*")|\/\/.*|\/\*[\s\S]*?\*\//g, "$1");
  const given = JSON.parse(text.replace(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, "$1"));
  const base = typeof given.extends === "string" && given.extends.startsWith(".") ? given.extends : "";
  const inherited = base ? readSettings(path.resolve(path.dirname(file), base.replace(/(\.json)?$/, ".json"))) : {};
  const own = given.compilerOptions ?? {};
  return { ...inherited, ...own, folder: own.paths || own.baseUrl ? path.dirname(file) : inherited.folder };
}
