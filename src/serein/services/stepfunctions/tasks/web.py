"""`http:invoke`: tasks that call an HTTPS API with what a connection of EventBridge proves.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
"""

import re
from typing import Any
from urllib.parse import quote_plus

import msgspec

from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.operation import Reply
from serein.services.stepfunctions.failure import StateFailed
from serein.services.stepfunctions.tasks.exchanges import (
    find_pairs,
    find_url,
    is_forbidden,
    is_one_of,
    malformed,
    method_fault,
    shown_reply,
    status_text,
    text_of,
)
from serein.services.stepfunctions.tasks.failures import bad_parameters
from serein.services.stepfunctions.tasks.requests import TaskRequest, call_service

_CONNECTION = re.compile(r"arn:aws[a-z-]*:events:[a-z0-9-]+:\d{12}:connection/[.\-_A-Za-z0-9]+/[\w-]+\Z", re.ASCII)
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_ARRAY_FORMATS = frozenset({"BRACKETS", "COMMAS", "INDICES", "NONE", "REPEAT"})
_ENCODINGS = frozenset({"NONE", "URL_ENCODED"})
_FORM = "application/x-www-form-urlencoded"
_SOCKET = "States.Http.Socket"
# AWS: "an HTTP Task has a maximum duration of 60 seconds".
_PATIENCE_SECONDS = 60.0


async def invoke_endpoint(call: Call, request: TaskRequest) -> Any:
    parameters: dict[str, Any] = request.parameters
    connection = _connection_of(parameters)
    faults = _faults(parameters, connection)
    headers = find_pairs(parameters.get("Headers") or {}, takes_texts=True)
    query = find_pairs(parameters.get("QueryParameters") or {}, takes_texts=True)
    faults += [malformed(name) for name, pairs in (("Headers", headers), ("QueryParameters", query)) if pairs is None]
    faults += [
        f"The header '{name}' is not supported by Step Functions"
        for name, _ in headers or ()
        if is_forbidden(name, allows_authorization=True)
    ]
    if faults or headers is None:
        raise bad_parameters(parameters, faults)
    body = _body_of(parameters, headers)
    asked = {
        "ConnectionArn": connection,
        "Method": parameters["Method"],
        "Url": parameters["ApiEndpoint"],
        "Headers": headers,
        "Query": query,
        "Body": body,
        "IsForm": any(name.lower() == "content-type" and value.startswith(_FORM) for name, value in headers),
        "TimeoutSeconds": _PATIENCE_SECONDS,
        "IsTraced": request.on_exchange is not None,
    }
    try:
        reply = await call_service(call, request, "events", "CallEndpoint", asked)
    except AwsError as error:
        raise StateFailed(f"Events.{error.code}", error.message) from error
    if request.on_exchange is not None:
        request.on_exchange(reply)
    return _result_of(reply)


def _result_of(reply: Reply) -> Any:
    if "Failure" in reply:
        error = "Events.ConnectionResource.InvalidConnectionState" if reply["Failure"] == "NO_PERMISSIONS" else _SOCKET
        raise StateFailed(error, reply["Message"])
    status = reply["Status"]
    if not 200 <= status < 300:
        # AWS: of a refusal only the text of its status is told.
        raise StateFailed(f"States.Http.StatusCode.{status}", status_text(status))
    return shown_reply(status, reply["Headers"], reply["Body"])


def _connection_of(parameters: dict[str, Any]) -> Any:
    given = parameters.get("InvocationConfig", parameters.get("Authentication"))
    return given.get("ConnectionArn") if isinstance(given, dict) else None


def _faults(parameters: dict[str, Any], connection: Any) -> list[str]:
    faults = [method_fault(parameters)]
    if not isinstance(connection, str) or not _CONNECTION.match(connection):
        faults.append(malformed("ConnectionArn"))
    parts = find_url(parameters.get("ApiEndpoint"))
    # AWS takes HTTPS only; a server on this machine that a test began seldom has a certificate.
    if parts is None or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)):
        faults.append(malformed("ApiEndpoint"))
    transform = parameters.get("Transform", {})
    options = transform.get("RequestEncodingOptions", {}) if isinstance(transform, dict) else None
    if not isinstance(options, dict):
        faults.append(malformed("Transform"))
    elif not is_one_of(transform.get("RequestBodyEncoding", "NONE"), _ENCODINGS):
        faults.append(malformed("RequestBodyEncoding"))
    elif not is_one_of(options.get("ArrayFormat", "INDICES"), _ARRAY_FORMATS):
        faults.append(malformed("ArrayFormat"))
    return [fault for fault in faults if fault]


def _body_of(parameters: dict[str, Any], headers: list[tuple[str, str]]) -> bytes:
    """The body; the headers get its type when they don't tell one."""
    if "RequestBody" not in parameters:
        return b""
    value, transform = parameters["RequestBody"], parameters.get("Transform", {})
    is_typed = any(name.lower() == "content-type" for name, _ in headers)
    if transform.get("RequestBodyEncoding") == "URL_ENCODED" and isinstance(value, dict):
        if not is_typed:
            headers.append(("Content-Type", _FORM))
        array_format = transform.get("RequestEncodingOptions", {}).get("ArrayFormat", "INDICES")
        return "&".join(form_pairs(value, array_format)).encode()
    if not is_typed:
        headers.append(("Content-Type", "application/json"))
    return value.encode() if isinstance(value, str) else msgspec.json.encode(value)


def form_pairs(value: dict[str, Any], array_format: str, prefix: str = "") -> list[str]:
    """An object as a form: members of objects in brackets, arrays in one of AWS's formats."""
    pairs: list[str] = []
    for name, each in value.items():
        key = f"{prefix}[{name}]" if prefix else name
        if isinstance(each, dict):
            pairs += form_pairs(each, array_format, key)
        elif isinstance(each, list):
            pairs += _array_pairs(key, each, array_format)
        elif each is not None:
            pairs.append(_pair(key, text_of(each)))
    return pairs


def _array_pairs(key: str, values: list[Any], array_format: str) -> list[str]:
    if array_format == "COMMAS":
        return [_pair(key, ",".join(text_of(each) for each in values))]
    if array_format == "NONE":
        return [_pair(key, text_of(values))]
    pairs: list[str] = []
    for index, each in enumerate(values):
        name = {"REPEAT": key, "BRACKETS": f"{key}[]"}.get(array_format, f"{key}[{index}]")
        pairs += form_pairs(each, array_format, name) if isinstance(each, dict) else [_pair(name, text_of(each))]
    return pairs


def _pair(name: str, value: str) -> str:
    return f"{quote_plus(name, safe='[]')}={quote_plus(value)}"
