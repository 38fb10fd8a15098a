"""`apigateway:invoke`: tasks that call a route of an API.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
"""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.http import ByteStream, HttpReply, HttpRequest, Keys, Signatures, Signer
from serein.kernel.scope import Caller, Scope
from serein.outgoing import AnsweredTooLate, OutgoingRequest, Unreachable, outgoing_of
from serein.services.stepfunctions.failure import StateFailed
from serein.services.stepfunctions.tasks.exchanges import (
    find_pairs,
    is_forbidden,
    is_one_of,
    malformed,
    method_fault,
    query_of,
    shown_reply,
    status_text,
)
from serein.services.stepfunctions.tasks.failures import bad_parameters
from serein.services.stepfunctions.tasks.requests import TaskRequest, require_roles, scope_of

_AUTH_TYPES = frozenset({"NO_AUTH", "IAM_ROLE", "RESOURCE_POLICY"})
_ENDPOINT = re.compile(r"[a-z0-9]+\.execute-api\.[A-Za-z0-9.-]+(?::\d+)?\Z")
_PATIENCE_SECONDS = 60.0
_LONGEST_SESSION_NAME = 64


async def invoke_api(call: Call, request: TaskRequest) -> Any:
    """Raises StateFailed for every answer but 2xx."""
    parameters: dict[str, Any] = request.parameters
    headers = find_pairs(parameters.get("Headers") or {}, takes_texts=False)
    query = find_pairs(parameters.get("QueryParameters") or {}, takes_texts=False)
    faults = _faults(parameters, headers, query)
    if faults or headers is None or query is None:
        raise bad_parameters(parameters, faults)
    body = _body_of(parameters.get("RequestBody"), keeps_nulls=bool(parameters.get("AllowNullValues")))
    if body and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    url = _url_of(parameters, query_of(query), scope_of(call, request).region)
    made = OutgoingRequest(parameters["Method"], url, headers, body, _PATIENCE_SECONDS)
    answer = await _send(call, request, made, parameters.get("AuthType", "NO_AUTH"))
    assert isinstance(answer.body, bytes)
    if not 200 <= answer.status < 300:
        text = answer.body.decode("utf-8", "replace") or status_text(answer.status)
        raise StateFailed(f"ApiGateway.{answer.status}", text)
    return shown_reply(answer.status, answer.headers, answer.body)


def _faults(parameters: dict[str, Any], headers: Any, query: Any) -> list[str]:
    faults = [method_fault(parameters)]
    endpoint = parameters.get("ApiEndpoint")
    if not isinstance(endpoint, str) or not _ENDPOINT.match(endpoint):
        faults.append(malformed("ApiEndpoint"))
    faults += [malformed(name) for name, pairs in (("Headers", headers), ("QueryParameters", query)) if pairs is None]
    faults += [malformed(name) for name in ("Path", "Stage") if not isinstance(parameters.get(name, ""), str)]
    faults += [
        f"The header '{name}' is not supported by Step Functions" for name, _ in headers or () if is_forbidden(name)
    ]
    if not is_one_of(parameters.get("AuthType", "NO_AUTH"), _AUTH_TYPES):
        faults.append(malformed("AuthType"))
    return [fault for fault in faults if fault]


def _url_of(parameters: dict[str, Any], query: str, region: str) -> str:
    """AWS: the stage of an HTTP API's `$default` isn't part of its address. Local host names stand for AWS's."""
    host, stage, path = parameters["ApiEndpoint"], parameters.get("Stage", ""), parameters.get("Path", "").lstrip("/")
    if ".amazonaws.com" not in host:
        host = f"{host.partition('.')[0]}.execute-api.{region}.amazonaws.com"
    stage = "" if stage == "$default" else quote(stage)
    parts = [part for part in (stage, quote(path, safe="/%:@!$&'()*+,;=~")) if part]
    url = f"https://{host}/{'/'.join(parts)}"
    return f"{url}?{query}" if query else url


def _body_of(value: Any, *, keeps_nulls: bool) -> bytes:
    """AWS: members that are null aren't sent unless AllowNullValues is true."""
    if value is None:
        return b""
    if isinstance(value, str):
        return value.encode()
    return msgspec.json.encode(value if keeps_nulls else _without_nulls(value))


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    return value


async def _send(call: Call, request: TaskRequest, made: OutgoingRequest, auth_type: str) -> HttpReply:
    """Send the request, signed by the role, or by Step Functions itself where the API's resource policy is to say."""
    if auth_type == "NO_AUTH":
        return await _exchange(call, made)
    signatures, scope = call.platform.signatures, scope_of(call, request)
    assert signatures is not None, "the gateway is there before anything runs"
    if auth_type == "IAM_ROLE":
        return await _exchange(call, _signed(signatures, made, await _role_keys(call, request), scope))
    caller = Caller.of_service("states", scope, request.machine_arn)
    keys = signatures.lend(Signer(scope.account, caller))
    try:
        return await _exchange(call, _signed(signatures, made, keys, scope))
    finally:
        signatures.take_back(keys)


async def _exchange(call: Call, made: OutgoingRequest) -> HttpReply:
    try:
        return await outgoing_of(call.platform).send(made)
    except AnsweredTooLate as error:
        raise StateFailed("ApiGateway.SocketTimeoutException", f"Read timed out: {error}") from error
    except Unreachable as error:
        raise StateFailed("ApiGateway.SdkClientException", str(error)) from error


def _signed(signatures: Signatures, made: OutgoingRequest, keys: Keys, scope: Scope) -> OutgoingRequest:
    parts = urlsplit(made.url)
    http = HttpRequest(made.method, parts.path, parts.query, {}, ByteStream.of(made.body), parts.netloc)
    added = signatures.sign(http, made.body, keys, scope.region, "execute-api")
    return replace(made, headers=[*made.headers, *added])


async def _role_keys(call: Call, request: TaskRequest) -> Keys:
    session = request.execution_arn.rpartition(":")[2][:_LONGEST_SESSION_NAME]
    asked = {"RoleArn": request.acting_role_arn, "RoleSessionName": session}
    try:
        await require_roles(call, request)
        found = await call.to("sts", "IssueServiceCredentials", asked, scope_of(call, request))
    except AwsError as error:
        raise StateFailed("ApiGateway.SdkClientException", error.message) from error
    return Keys(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
