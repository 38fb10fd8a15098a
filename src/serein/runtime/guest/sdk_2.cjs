// Points version 2 of the AWS SDK at the endpoint that newer SDKs read from AWS_ENDPOINT_URL by themselves.
//
// Why here: version 2 has no variable for it, and functions that can't be changed still use it. Its configuration is
// complete once its loader has run, whichever of its entry points was asked for, and from whichever folder.
"use strict";

const Module = require("node:module");

const LOADER = /^(\.\.?\/)(lib\/)?node_loader$/;
const load = Module._load;

Module._load = function (request, parent, isMain) {
  const loaded = load.call(this, request, parent, isMain);
  const endpoint = process.env.AWS_ENDPOINT_URL;
  if (endpoint && LOADER.test(request) && /[\\/]aws-sdk[\\/]/.test(parent?.filename ?? "")) {
    const sdk = load.call(this, request.replace("node_loader", "core"), parent, false);
    if (sdk.config && !sdk.config.endpoint) {
      sdk.config.update({ endpoint, s3ForcePathStyle: true });
    }
  }
  return loaded;
};
