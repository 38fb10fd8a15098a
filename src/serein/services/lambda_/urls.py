"""Function URLs: a request as the function's event (payload 2.0), its reply as HTTP, and CORS.

AWS: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from serein.kernel.http import Headers, HttpReply, HttpRequest, Signer
from serein.services.lambda_.store.aliases import UrlRow

_TEXT_TYPES = ("text/", "application/json", "application/xml", "application/javascript")
FORBIDDEN = (
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)
PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response"
PRELUDE_END = b"\0" * 8


def event_of(
    http: HttpRequest,
    body: bytes,
    url: UrlRow,
    path: str,
    request_id: str,
    trace_id: str,
    now: float,
    signer: Signer | None,
) -> dict[str, Any]:
    """The event that a request to a function URL becomes."""
    headers = {name: value for name, value in http.headers.items() if name != "cookie"}
    headers.setdefault("x-amzn-trace-id", trace_id.partition(";")[0])
    headers.setdefault("x-forwarded-for", http.client_address)
    headers.setdefault("x-forwarded-proto", http.scheme)
    headers.setdefault("x-forwarded-port", "443" if http.scheme == "https" else "80")
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": unquote(path),
        "rawQueryString": http.query,
        "headers": headers,
        "requestContext": _context_of(http, url, path, request_id, now, signer),
        "isBase64Encoded": False,
    }
    if cookie := http.headers.get("cookie"):
        event["cookies"] = [part.strip() for part in cookie.split(";") if part.strip()]
    if http.query:
        parameters: dict[str, list[str]] = {}
        for name, value in parse_qsl(http.query, keep_blank_values=True):
            parameters.setdefault(name, []).append(value)
        event["queryStringParameters"] = {name: ",".join(values) for name, values in parameters.items()}
    if body:
        event["body"], event["isBase64Encoded"] = _body_of(body, http.headers.get("content-type", ""))
    return event


def _context_of(
    http: HttpRequest, url: UrlRow, path: str, request_id: str, now: float, signer: Signer | None
) -> dict[str, Any]:
    domain = http.host if http.host.startswith(url.url_id) else f"{url.url_id}.lambda-url.localhost"
    context: dict[str, Any] = {
        "accountId": "anonymous" if signer is None else signer.account,
        "apiId": url.url_id,
        "domainName": domain,
        "domainPrefix": url.url_id,
        "http": {
            "method": http.method,
            "path": unquote(path),
            "protocol": f"HTTP/{http.http_version}",
            "sourceIp": http.client_address,
            "userAgent": http.headers.get("user-agent", ""),
        },
        "requestId": request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now * 1000),
    }
    if signer is not None:
        caller = signer.caller
        context["authorizer"] = {
            "iam": {
                "accessKey": caller.access_key_id,
                "accountId": signer.account,
                "callerId": caller.user_id,
                "cognitoIdentity": None,
                "principalOrgId": None,
                "userArn": caller.arn,
                "userId": caller.user_id,
            }
        }
    return context


def _body_of(body: bytes, content_type: str) -> tuple[str, bool]:
    if content_type.lower().startswith(_TEXT_TYPES):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True


def reply_of(payload: bytes) -> HttpReply:
    """The reply that a function's result means: itself as JSON, or its statusCode, headers, cookies and body."""
    try:
        result = json.loads(payload)
    except ValueError:
        return bad_gateway()
    if not isinstance(result, dict) or "statusCode" not in result:
        return HttpReply(200, [("content-type", "application/json")], payload)
    status = result["statusCode"]
    if isinstance(status, str) and status.isdigit():
        status = int(status)
    if not isinstance(status, int) or not 100 <= status <= 599:
        return bad_gateway()
    text = result.get("body", "")
    body = text.encode() if isinstance(text, str) else b"" if text is None else json.dumps(text).encode()
    if result.get("isBase64Encoded"):
        try:
            body = base64.b64decode(body)
        except binascii.Error:
            return bad_gateway()
    return HttpReply(status, headers_of(result), body)


def headers_of(result: dict[str, Any]) -> Headers:
    """The headers of a reply: the function's own, its cookies, and a content type."""
    given = result.get("headers")
    headers: Headers = [
        (str(name).lower(), _header_text(value)) for name, value in (given if isinstance(given, dict) else {}).items()
    ]
    if not any(name == "content-type" for name, _ in headers):
        headers.append(("content-type", "application/json"))
    cookies = result.get("cookies")
    return headers + [("set-cookie", str(cookie)) for cookie in (cookies if isinstance(cookies, list) else [])]


def _header_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).replace("\r", "").replace("\n", "")


def bad_gateway() -> HttpReply:
    return HttpReply(502, [("content-type", "application/json")], b"Internal Server Error")


def message(status: int, text: str) -> HttpReply:
    return HttpReply(status, [("content-type", "application/json")], json.dumps({"Message": text}).encode())


def cors_headers(cors: dict[str, Any], http: HttpRequest, *, is_preflight: bool) -> Headers:
    """What CORS adds to a reply; nothing when the origin isn't allowed."""
    origin = http.headers.get("origin", "")
    allowed = cors.get("AllowOrigins") or []
    if not origin or not ("*" in allowed or any(_origin_fits(pattern, origin) for pattern in allowed)):
        return []
    is_for_all = "*" in allowed and not cors.get("AllowCredentials")
    headers = [("access-control-allow-origin", "*" if is_for_all else origin)]
    if not is_for_all:
        headers.append(("vary", "Origin"))
    if cors.get("AllowCredentials"):
        headers.append(("access-control-allow-credentials", "true"))
    if expose := cors.get("ExposeHeaders"):
        headers.append(("access-control-expose-headers", ",".join(expose)))
    if is_preflight:
        for member, name in (("AllowMethods", "methods"), ("AllowHeaders", "headers")):
            if values := cors.get(member):
                headers.append((f"access-control-allow-{name}", ",".join(values)))
        if "MaxAge" in cors:
            headers.append(("access-control-max-age", str(cors["MaxAge"])))
    return headers


def _origin_fits(pattern: str, origin: str) -> bool:
    before, star, after = pattern.partition("*")
    return origin == pattern if not star else origin.startswith(before) and origin.endswith(after)


def with_headers(reply: HttpReply, headers: Headers) -> HttpReply:
    """A reply with headers in place of its own of the same names."""
    names = {name for name, _ in headers}
    return HttpReply(reply.status, [each for each in reply.headers if each[0] not in names] + headers, reply.body)
