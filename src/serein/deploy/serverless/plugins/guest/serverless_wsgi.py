"""Events of API Gateway as WSGI requests, and responses back: payloads 1.0 and 2.0, and non-proxy integrations.

Needs nothing but Python. `handle_request` may be called from handlers of one's own.
"""

import base64
import io
import json
import os
import sys
from urllib.parse import unquote, urlencode

TEXT_MIME_TYPES = [
    "application/json",
    "application/javascript",
    "application/xml",
    "application/vnd.api+json",
    "image/svg+xml",
]
_WARMING = ("aws.events", "serverless-plugin-warmup")
_TRUE = ("yes", "y", "true", "t", "1")


def handle_request(app, event, context):
    if event.get("source") in _WARMING:
        print("Lambda warming event received, skipping handler")
        return {}
    if event.get("version") == "2.0":
        return _answered(app, _of_payload_2(event), event, context)
    if "requestPath" in event and "isBase64Encoded" not in event:
        answer = _answered(app, _of_mapping_template(event), event, context)
        if answer["statusCode"] >= 300:
            raise RuntimeError(json.dumps(answer))
        return answer
    return _answered(app, _of_payload_1(event), event, context)


def _of_payload_1(event):
    request = event.get("requestContext") or {}
    many = event.get("multiValueHeaders")
    headers = {name: ",".join(values) for name, values in many.items()} if many else dict(event.get("headers") or {})
    path, whole = event.get("path") or "/", request.get("path") or ""
    script = whole[: -len(path)] if whole.endswith(path) and whole != path else ""
    query = event.get("multiValueQueryStringParameters") or event.get("queryStringParameters") or {}
    identity = request.get("identity") or {}
    authorizer = request.get("authorizer")
    return {
        "method": event.get("httpMethod"),
        "path": path,
        "script": script,
        "query": urlencode(query, doseq=True),
        "headers": headers,
        "address": identity.get("sourceIp"),
        "user": (authorizer or {}).get("principalId"),
        "authorizer": authorizer,
        "body": _body(event),
    }


def _of_payload_2(event):
    request = event.get("requestContext") or {}
    headers = dict(event.get("headers") or {})
    if event.get("cookies"):
        headers["cookie"] = "; ".join(event["cookies"])
    path, stage = event.get("rawPath") or "/", f"/{request.get('stage', '$default')}"
    is_below = stage != "/$default" and (path + "/").startswith(stage + "/")
    http = request.get("http") or {}
    authorizer = request.get("authorizer")
    return {
        "method": http.get("method"),
        "path": path[len(stage) :] if is_below else path,
        "script": stage if is_below else "",
        "query": event.get("rawQueryString") or "",
        "headers": headers,
        "address": http.get("sourceIp"),
        "user": (authorizer or {}).get("principalId"),
        "authorizer": authorizer,
        "body": _body(event),
    }


def _of_mapping_template(event):
    path = event["requestPath"]
    for name, value in (event.get("path") or {}).items():
        path = path.replace(f"{{{name}}}", value).replace(f"{{{name}+}}", value)
    body = event.get("body")
    return {
        "method": event.get("method"),
        "path": path,
        "script": "",
        "query": urlencode(event.get("query") or {}, doseq=True),
        "headers": dict(event.get("headers") or {}),
        "address": (event.get("identity") or {}).get("sourceIp"),
        "user": event.get("principalId"),
        "authorizer": event.get("enhancedAuthContext"),
        "body": json.dumps(body).encode() if body else b"",
    }


def _body(event):
    body = event.get("body") or ""
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()


def _environ(request, event, context):
    headers = {name.lower(): str(value) for name, value in request["headers"].items()}
    path, script = request["path"], request["script"]
    if os.environ.get("STRIP_STAGE_PATH", "").lower().strip() in _TRUE:
        script = ""
    base = os.environ.get("API_GATEWAY_BASE_PATH")
    if base:
        script = "/" + base
        path = path[len(script) :] if path.startswith(script) else path
    environ = {
        "REQUEST_METHOD": request["method"] or "GET",
        "SCRIPT_NAME": _wsgi_text(script),
        "PATH_INFO": _wsgi_text(unquote(path.partition("?")[0])),
        "QUERY_STRING": request["query"],
        "CONTENT_TYPE": headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request["body"])),
        "REMOTE_ADDR": request["address"] or "",
        "REMOTE_USER": request["user"] or "",
        "SERVER_NAME": headers.get("host", "lambda"),
        "SERVER_PORT": headers.get("x-forwarded-port", "443"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": headers.get("x-forwarded-proto", "https"),
        "wsgi.input": io.BytesIO(request["body"]),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "serverless.authorizer": request["authorizer"],
        "serverless.event": event,
        "serverless.context": context,
    }
    for name, value in headers.items():
        if name not in ("content-type", "content-length"):
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    return environ


def _wsgi_text(text):
    """Text as PEP 3333 has it: bytes, one a character."""
    return text.encode("utf-8").decode("latin-1")


def _answered(app, request, event, context):
    """The application's response as API Gateway wants it."""
    started, written = [], []

    def start_response(status, headers, exc_info=None):
        started[:] = [status, headers]
        return written.append

    parts = app(_environ(request, event, context), start_response)
    try:
        content = b"".join([*parts])
    finally:
        if hasattr(parts, "close"):
            parts.close()
    status, headers = started
    answer = {"statusCode": int(status.split(" ", 1)[0])}
    answer.update(_headers(headers, event))
    answer.update(_content(b"".join(written) + content, {name.lower(): value for name, value in headers}))
    return answer


def _headers(headers, event):
    values = {}
    for name, value in headers:
        values.setdefault(name, []).append(value)
    if event.get("multiValueHeaders"):
        return {"multiValueHeaders": values}
    cookies = [value for name, value in headers if name.lower() == "set-cookie"]
    single = {name: ",".join(each) for name, each in values.items()}
    if event.get("version") != "2.0":
        return {"headers": single}
    single = {name: value for name, value in single.items() if name.lower() != "set-cookie"}
    return {"headers": single, "cookies": cookies} if cookies else {"headers": single}


def _content(content, headers):
    if not content:
        return {}
    kind = headers.get("content-type", "text/plain").partition(";")[0].strip().lower()
    if (kind.startswith("text/") or kind in TEXT_MIME_TYPES) and not headers.get("content-encoding"):
        return {"body": content.decode("utf-8", "replace"), "isBase64Encoded": False}
    return {"body": base64.b64encode(content).decode(), "isBase64Encoded": True}
