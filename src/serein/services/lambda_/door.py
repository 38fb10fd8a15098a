"""Lambda's own HTTP: function URLs, debugging, and the packages that GetFunction and GetLayerVersion point at.

{id}.lambda-url.localhost/…      /_aws/lambda/url/{id}/…       a function URL
                                 /_aws/lambda/code/{sha256}    a package
                                 /_aws/lambda/debug            an invocation that waits for a debugger
"""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.kernel.http import HttpReply, HttpRequest, Signer
from serein.kernel.ids import new_uuid
from serein.kernel.runner import Invocation, StreamedOutcome
from serein.services.lambda_ import SERVICE
from serein.services.lambda_.access import may_use_url
from serein.services.lambda_.debugging import answer_debug
from serein.services.lambda_.errors import TooManyRequestsException
from serein.services.lambda_.invocation import find_trace, require_executable, run, run_streaming
from serein.services.lambda_.memory import memory_of
from serein.services.lambda_.metrics import Source
from serein.services.lambda_.names import FunctionReference
from serein.services.lambda_.store import aliases, functions
from serein.services.lambda_.store.aliases import UrlRow
from serein.services.lambda_.urls import (
    FORBIDDEN,
    PRELUDE_END,
    PRELUDE_TYPE,
    bad_gateway,
    cors_headers,
    event_of,
    headers_of,
    message,
    reply_of,
    with_headers,
)

_CODE = re.compile(r"/_aws/lambda/code/([0-9a-f]{64})")
_URL = re.compile(r"/_aws/lambda/url/([a-z0-9]+)(/.*)?")
_MAXIMUM_BODY_BYTES = 6_291_456
_MAXIMUM_PRELUDE_BYTES = 65_536


class LambdaDoor:
    """Packages by their hash (a name that can't be guessed stands in for S3's signed URLs), and function URLs."""

    async def answer(self, platform: Platform, http: HttpRequest) -> HttpReply | None:
        if code := _CODE.fullmatch(http.path):
            return await _package(platform, code[1])
        if http.path == "/_aws/lambda/debug":
            return await answer_debug(platform, http)
        if by_path := _URL.fullmatch(http.path):
            return await _call_url(platform, http, by_path[1], by_path[2] or "/")
        labels = http.host.split(".")
        if SERVICE.host_label not in labels[1:]:
            return None
        return await _call_url(platform, http, labels[labels.index(SERVICE.host_label) - 1], http.path)


door = LambdaDoor()


async def _package(platform: Platform, sha256: str) -> HttpReply:
    blob = await platform.database.read(lambda tx: functions.find_package(tx, sha256))
    if blob is None:
        return HttpReply(404, [("content-type", "text/plain")], b"There is no such package.")
    return HttpReply(200, [("content-type", "application/zip")], await platform.blobs.path_of(blob))


async def _call_url(platform: Platform, http: HttpRequest, url_id: str, path: str) -> HttpReply:
    url = await platform.database.read(lambda tx: aliases.url_by_id(tx, url_id))
    if url is None:
        return message(403, FORBIDDEN)
    cors: dict[str, Any] = url.settings.get("Cors") or {}
    if cors and http.method == "OPTIONS" and "access-control-request-method" in http.headers:
        return HttpReply(200, cors_headers(cors, http, is_preflight=True))
    began = platform.clock.now()
    reply = await _answer_url(platform, http, url, path)
    _count(platform, url, reply.status, platform.clock.now() - began)
    return with_headers(reply, cors_headers(cors, http, is_preflight=False)) if cors else reply


def _count(platform: Platform, url: UrlRow, status: int, seconds: float) -> None:
    metrics = memory_of(platform).metrics
    if not metrics.is_wanted:
        return
    source = Source(url.scope, url.name, url.qualifier)
    metrics.add(source, "UrlRequestCount")
    metrics.add(source, "UrlRequestLatency", seconds * 1000)
    metrics.add(source, "Url4xxCount", float(400 <= status < 500))
    metrics.add(source, "Url5xxCount", float(status >= 500))


async def _answer_url(platform: Platform, http: HttpRequest, url: UrlRow, path: str) -> HttpReply:
    body = await _read_body(http)
    if body is None:
        return message(413, "Request Entity Too Large")
    signer = None
    try:
        auth_type = url.settings["AuthType"]
        if auth_type == "AWS_IAM" and platform.signatures is not None:
            signer = await platform.signatures.require_signer(http, body, "lambda")
        reference = FunctionReference(url.scope, url.name, url.qualifier)
        if not await may_use_url(platform, reference, auth_type, signer):
            return message(403, FORBIDDEN)
    except AwsError as error:
        # AWS: whatever is wrong with a signature is a 403, and a missing one is told like a missing permission.
        return message(403, FORBIDDEN if error.code == "MissingAuthenticationToken" else error.message)
    try:
        return await _invoke(platform, http, body, url, path, signer)
    except TooManyRequestsException:
        return message(429, "Rate Exceeded.")
    except AwsError:
        return bad_gateway()


async def _read_body(http: HttpRequest) -> bytes | None:
    """The body, None when it is too large."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in http.body:
        size += len(chunk)
        if size > _MAXIMUM_BODY_BYTES:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


async def _invoke(
    platform: Platform, http: HttpRequest, body: bytes, url: UrlRow, path: str, signer: Signer | None
) -> HttpReply:
    reference = FunctionReference(url.scope, url.name, url.qualifier)
    executable = await require_executable(platform, reference)
    request_id, now = new_uuid(), platform.clock.now()
    trace_id = await find_trace(platform, reference, http.headers.get("x-amzn-trace-id", ""))
    event = json.dumps(event_of(http, body, url, path, request_id, trace_id, now, signer)).encode()
    invocation = Invocation(request_id, event, trace_id=trace_id)
    traced = [("x-amzn-requestid", request_id), ("x-amzn-trace-id", trace_id.partition(";")[0])]
    if url.settings.get("InvokeMode") == "RESPONSE_STREAM":
        return with_headers(await _stream(await run_streaming(platform, executable, invocation)), traced)
    outcome = await run(platform, executable, invocation)
    reply = bad_gateway() if outcome.function_error else reply_of(outcome.payload)
    return with_headers(reply, traced)


async def _stream(streamed: StreamedOutcome) -> HttpReply:
    """A streamed response; one that begins with a prelude says its status and headers there."""
    chunks = streamed.chunks
    if streamed.error:
        async for _ in chunks:
            """What failed before it answered has an error document for content, which isn't for everybody."""
        return bad_gateway()
    if streamed.content_type != PRELUDE_TYPE:
        kind = streamed.content_type or "application/octet-stream"
        return HttpReply(200, [("content-type", kind)], chunks)
    begun = b""
    while PRELUDE_END not in begun:
        chunk = await anext(chunks, None)
        if chunk is None or len(begun) > _MAXIMUM_PRELUDE_BYTES:
            return bad_gateway()
        begun += chunk
    prelude, _, rest = begun.partition(PRELUDE_END)
    try:
        result = json.loads(prelude)
    except ValueError:
        return bad_gateway()
    status = result.get("statusCode", 200) if isinstance(result, dict) else 0
    if not isinstance(status, int) or not 100 <= status <= 599:
        return bad_gateway()
    return HttpReply(status, headers_of(result), _after(rest, chunks))


async def _after(first: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if first:
        yield first
    async for chunk in chunks:
        yield chunk
