/* A client of one API: apigClientFactory.newClient({...}) has a function for each method of each path.
 * It needs `fetch`, and Web Crypto when requests are signed: any browser of today, or Node.js 18 and later. */
(function (root) {
  "use strict";

  var INVOKE_URL = "@INVOKE_URL@";
  var REGION = "@REGION@";
  var METHODS = @METHODS@;

  function encode(text) {
    return encodeURIComponent(text).replace(/[!'()*]/g, function (c) {
      return "%" + c.charCodeAt(0).toString(16).toUpperCase();
    });
  }

  function queryOf(parameters) {
    var pairs = [];
    Object.keys(parameters).forEach(function (name) {
      [].concat(parameters[name]).forEach(function (value) {
        pairs.push([encode(name), encode(String(value))]);
      });
    });
    pairs.sort(function (a, b) {
      return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]) ? -1 : 1;
    });
    return pairs.map(function (pair) { return pair.join("="); }).join("&");
  }

  function hex(buffer) {
    return Array.from(new Uint8Array(buffer), function (b) { return b.toString(16).padStart(2, "0"); }).join("");
  }

  function bytes(text) { return new TextEncoder().encode(text); }

  async function hash(text) { return hex(await root.crypto.subtle.digest("SHA-256", bytes(text))); }

  async function hmac(key, text) {
    var algorithm = { name: "HMAC", hash: "SHA-256" };
    var imported = await root.crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
    return root.crypto.subtle.sign("HMAC", imported, bytes(text));
  }

  async function sign(config, verb, url, headers, body) {
    var now = new Date().toISOString().replace(/[:-]|\.\d{3}/g, "");
    var day = now.slice(0, 8);
    var scope = [day, config.region, "execute-api", "aws4_request"].join("/");
    headers["x-amz-date"] = now;
    if (config.sessionToken) headers["x-amz-security-token"] = config.sessionToken;
    var signed = { host: url.host };
    Object.keys(headers).forEach(function (name) { signed[name.toLowerCase()] = String(headers[name]).trim(); });
    var names = Object.keys(signed).sort();
    var path = url.pathname.split("/").map(encode).join("/");
    var canonical = [verb, path, url.search.slice(1)]
      .concat(names.map(function (name) { return name + ":" + signed[name]; }), ["", names.join(";"), await hash(body)])
      .join("\n");
    var text = ["AWS4-HMAC-SHA256", now, scope, await hash(canonical)].join("\n");
    var key = await hmac(bytes("AWS4" + config.secretKey), day);
    key = await hmac(key, config.region);
    key = await hmac(key, "execute-api");
    key = await hmac(key, "aws4_request");
    headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=" + config.accessKey + "/" + scope +
      ", SignedHeaders=" + names.join(";") + ", Signature=" + hex(await hmac(key, text));
  }

  async function invoke(config, method, params, body, additional) {
    params = params || {};
    additional = additional || {};
    var headers = Object.assign({}, additional.headers);
    var query = Object.assign({}, additional.queryParams);
    var path = method.path.replace(/\{([^}+]+)\+?\}/g, function (whole, name) {
      if (!(name in params)) throw new Error("Missing required parameter: " + name);
      return whole.endsWith("+}") ? String(params[name]).split("/").map(encode).join("/") : encode(params[name]);
    });
    method.query.forEach(function (name) { if (name in params) query[name] = params[name]; });
    method.headers.forEach(function (name) { if (name in params) headers[name] = params[name]; });
    method.required.forEach(function (name) {
      if (!(name in params) && !(name in query) && !(name in headers)) throw new Error("Missing required parameter: " + name);
    });
    var text = body === undefined || body === null || body === "" ? "" : typeof body === "string" ? body : JSON.stringify(body);
    if (text && !headers["Content-Type"]) headers["Content-Type"] = config.defaultContentType;
    if (!headers.Accept) headers.Accept = config.defaultAcceptType;
    if (config.apiKey) headers["x-api-key"] = config.apiKey;
    var search = queryOf(query);
    var url = new URL(config.invokeUrl.replace(/\/$/, "") + path + (search ? "?" + search : ""));
    if (method.isSigned && config.accessKey) await sign(config, method.verb, url, headers, text);
    var reply = await root.fetch(url.href, { method: method.verb, headers: headers, body: text || undefined });
    var answer = await reply.text();
    var data = answer;
    if (/json/.test(reply.headers.get("content-type") || "") && answer) data = JSON.parse(answer);
    var result = { status: reply.status, statusText: reply.statusText, headers: Object.fromEntries(reply.headers), data: data };
    if (!reply.ok) throw Object.assign(new Error("Request failed with status code " + reply.status), { response: result });
    return result;
  }

  var factory = {
    newClient: function (given) {
      var defaults = {
        invokeUrl: INVOKE_URL, region: REGION, accessKey: "", secretKey: "", sessionToken: "", apiKey: "",
        defaultContentType: "application/json", defaultAcceptType: "application/json",
      };
      var config = Object.assign(defaults, given);
      var client = {};
      Object.keys(METHODS).forEach(function (name) {
        client[name] = function (params, body, additional) {
          return invoke(config, METHODS[name], params, body, additional);
        };
      });
      return client;
    },
  };

  root.apigClientFactory = factory;
  if (typeof module !== "undefined" && module.exports) module.exports = factory;
})(typeof globalThis !== "undefined" ? globalThis : this);
