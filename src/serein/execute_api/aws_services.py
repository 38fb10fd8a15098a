"""Calls of AWS's services on behalf of APIs: integrations whose URI is `arn:aws:apigateway:{region}:{service}:…`.

AWS: https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html (`uri`)
"""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from serein.execute_api.bodies import LARGEST_BODY_BYTES
from serein.execute_api.invocations import TookTooLong
from serein.kernel.arn import find_arn
from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.kernel.http import ByteStream, HttpReply, HttpRequest
from serein.kernel.scope import Caller, Scope

_JSON_VERSIONS = {"kinesis": "1.1", "firehose": "1.1", "events": "1.1", "logs": "1.1", "secretsmanager": "1.1"}
_INVOCATION = re.compile(
    r"/+2015-03-31/functions/(.+)/invocations|/+2021-11-15/functions/(.+)/response-streaming-invocations"
)
"""AWS: a slash too many in front does no harm (`lambda:path//2015-03-31/…`, which many templates have)."""


class ReplyTooLarge(Exception):
    """The service's reply has more than the 10 MB that API Gateway passes on."""


@dataclass(frozen=True, slots=True)
class ServiceUri:
    """`arn:aws:apigateway:{region}:{subdomain.service|service}:path|action/{service_api}`."""

    region: str
    service: str
    subdomain: str
    """A bucket's name for S3; empty else."""
    action: str
    """Empty for a URI with a path."""
    path: str
    """With a slash in front; empty for a URI with an action."""

    @property
    def function(self) -> str:
        """The ARN of the function that the URI invokes; empty when it invokes none."""
        found = _INVOCATION.fullmatch(self.path) if self.service == "lambda" else None
        return "" if found is None else found[1] or found[2]


@lru_cache(maxsize=1024)
def find_service_uri(uri: str) -> ServiceUri | None:
    """Read an integration's URI; None when it is no such ARN."""
    arn = find_arn(uri)
    if arn is None or arn.service != "apigateway":
        return None
    # Why: where other ARNs have the account, these have the service.
    subdomain, _, service = arn.account.rpartition(".")
    kind, _, rest = arn.resource.partition("/")
    if kind not in ("path", "action"):
        return None
    is_action = kind == "action"
    return ServiceUri(arn.region, service, subdomain, rest if is_action else "", "" if is_action else f"/{rest}")


@dataclass(slots=True)
class ServiceRequest:
    """What an API sends to a service."""

    uri: ServiceUri
    method: str
    query: str
    """Percent-encoded, without the question mark."""
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    path: str = ""
    """Percent-encoded; the URI's own when it is empty."""


def role_caller(role: str, scope: Scope) -> Caller:
    """Who calls: the role that API Gateway assumes for an integration, API Gateway itself without one."""
    arn = find_arn(role)
    if arn is None:
        return Caller.of_service("apigateway", scope)
    name = arn.resource.rpartition("/")[2]
    return Caller(arn=f"arn:{arn.partition}:sts::{arn.account}:assumed-role/{name}/BackplaneAssumeRoleSession")


async def call_service(
    platform: Platform, request: ServiceRequest, scope: Scope, caller: Caller, *, trace_id: str, timeout_seconds: float
) -> HttpReply:
    """The service's reply, its body as bytes. `scope` is the API's; the URI's region counts.

    Raises TookTooLong, ReplyTooLarge, and AwsError for a service that isn't known.
    """
    work = platform.workers.activities.start(
        f"integration with {request.uri.service}", _outcome(platform, request, scope, caller, trace_id)
    )
    await asyncio.wait((work,), timeout=timeout_seconds)
    if not work.done():
        raise TookTooLong
    outcome: HttpReply | AwsError | ReplyTooLarge = work.result()
    if isinstance(outcome, HttpReply):
        return outcome
    raise outcome


async def _outcome(
    platform: Platform, request: ServiceRequest, scope: Scope, caller: Caller, trace_id: str
) -> HttpReply | AwsError | ReplyTooLarge:
    """What came of it; an error is a result here, because nobody may be waiting for it any more."""
    uri, apis = request.uri, platform.apis
    assert apis is not None
    headers = dict(request.headers)
    if uri.action and not headers.get("content-type", "").startswith("application/x-"):
        headers["content-type"] = f"application/x-amz-json-{_JSON_VERSIONS.get(uri.service, '1.0')}"
        if uri.service in ("sqs", "sns"):
            headers["content-type"] = "application/x-www-form-urlencoded"
    headers.setdefault("accept", "application/json")
    path = request.path or uri.path or "/"
    if uri.subdomain and uri.service == "s3":
        path = f"/{uri.subdomain}{path}"
    host = f"{uri.service}.{uri.region}.amazonaws.com"
    http = HttpRequest(request.method, path, request.query, headers, ByteStream.of(request.body), host)
    try:
        target = Scope(scope.account, uri.region or scope.region)
        reply = await apis.answer(http, uri.service, uri.action, target, caller, trace_id)
        reply.body = await whole(reply.body)
    except (AwsError, ReplyTooLarge) as error:
        return error
    return reply


async def whole(body: bytes | AsyncIterator[bytes] | Path) -> bytes:
    """A reply's body. Raises ReplyTooLarge beyond API Gateway's limit."""
    if isinstance(body, bytes):
        content = body
    elif isinstance(body, Path):
        if body.stat().st_size > LARGEST_BODY_BYTES:
            raise ReplyTooLarge
        content = await asyncio.to_thread(body.read_bytes)
    else:
        chunks, size = [], 0
        async for chunk in body:
            size += len(chunk)
            if size > LARGEST_BODY_BYTES:
                raise ReplyTooLarge
            chunks.append(chunk)
        content = b"".join(chunks)
    if len(content) > LARGEST_BODY_BYTES:
        raise ReplyTooLarge
    return content
