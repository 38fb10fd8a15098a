"""Integrations and their responses: what stands behind a method, and how it is spoken to."""

import re
from typing import Any
from urllib.parse import urlsplit

from serein.kernel.arn import find_arn
from serein.services.apigateway.control.methods import mapping_error, require_content_type, require_verb
from serein.services.apigateway.control.patches import Patch
from serein.services.apigateway.errors import BadRequestException, NotFoundException, not_found

Settings = dict[str, Any]
SHORTEST_TIMEOUT_MS, LONGEST_TIMEOUT_MS = 50, 29_000
_PASSTHROUGH = ("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER")
_CONTENT_HANDLING = ("CONVERT_TO_BINARY", "CONVERT_TO_TEXT")
_INVALID_ARN = "Invalid ARN specified in the request"
_PROXY_TARGETS = re.compile(r":(?:lambda|firehose|states|bedrock-agentcore)(?:$|:|/)")
_REQUEST_SOURCE = re.compile(
    r"'[^']*'|method\.request\.(?:querystring|path|header|multivalueheader|multivaluequerystring)\..+"
    r"|method\.request\.body(?:\..+|\[.+)?|context\..+|stageVariables\..+|integration\.request\..+"
)
_REQUEST_TARGET = re.compile(r"integration\.request\.(?:querystring|path|header)\..+")
_RESPONSE_SOURCE = re.compile(
    r"'[^']*'|integration\.response\.(?:header|multivalueheader)\..+|integration\.response\.body(?:\..+|\[.+)?"
    r"|context\..+|stageVariables\..+"
)
_OPTIONAL = ("connectionType", "connectionId", "credentials", "contentHandling", "responseTransferMode", "tlsConfig")
_OPTIONAL_TARGET = "integrationTarget"


def new_integration(method: Settings, resource_id: str, request: Settings) -> Settings:
    """The Integration that PutIntegration makes of a method. Raises BadRequestException."""
    kind = request["type"]
    verb = request.get("integrationHttpMethod")
    if kind != "MOCK" and not verb:
        raise BadRequestException("Enumeration value for HttpMethod must be non-empty")
    integration: Settings = {"type": kind}
    if verb:
        integration["httpMethod"] = require_verb(verb)
    if request.get("uri"):
        integration["uri"] = request["uri"]
    for name in (*_OPTIONAL, _OPTIONAL_TARGET):
        if request.get(name):
            integration[name] = request[name]
    for name in ("requestParameters", "requestTemplates"):
        if request.get(name):
            integration[name] = {key: value or None for key, value in request[name].items()}
    integration["passthroughBehavior"] = request.get("passthroughBehavior") or "WHEN_NO_MATCH"
    timeout = request.get("timeoutInMillis")
    integration["timeoutInMillis"] = LONGEST_TIMEOUT_MS if timeout is None else timeout
    integration["cacheNamespace"] = request.get("cacheNamespace") or resource_id
    integration["cacheKeyParameters"] = list(request.get("cacheKeyParameters") or [])
    require_integration(method, integration)
    return integration


def require_integration(method: Settings, integration: Settings) -> None:
    """Raises BadRequestException when the parts of an integration don't fit one another."""
    kind = integration["type"]
    if kind in ("AWS", "AWS_PROXY"):
        _require_service(integration)
    elif kind in ("HTTP", "HTTP_PROXY"):
        _require_url(integration.get("uri", ""))
    if integration["passthroughBehavior"].upper() not in _PASSTHROUGH:
        raise BadRequestException(f"Invalid passthroughBehavior specified. Valid options are {','.join(_PASSTHROUGH)}")
    integration["passthroughBehavior"] = integration["passthroughBehavior"].upper()
    _require_timeout(integration)
    if integration.get("connectionType") == "VPC_LINK" and not integration.get("connectionId"):
        raise BadRequestException("ConnectionId must be specified when connectionType is VPC_LINK")
    credentials = integration.get("credentials")
    if credentials and find_arn(credentials) is None and not credentials.startswith("${stageVariables."):
        raise BadRequestException(_INVALID_ARN)
    for content_type in integration.get("requestTemplates", {}):
        require_content_type(content_type)
    _require_mapping(method, integration.get("requestParameters", {}))


def _require_timeout(integration: Settings) -> None:
    longest = 900_000 if integration.get("responseTransferMode") == "STREAM" else LONGEST_TIMEOUT_MS
    if not SHORTEST_TIMEOUT_MS <= integration["timeoutInMillis"] <= longest:
        raise BadRequestException(f"Timeout should be between {SHORTEST_TIMEOUT_MS} ms and {longest} ms")


def _require_service(integration: Settings) -> None:
    uri = integration.get("uri", "")
    arn = find_arn(uri)
    if arn is None or arn.service != "apigateway":
        raise BadRequestException(_INVALID_ARN)
    service = arn.account
    kind, _, rest = arn.resource.partition("/")
    if kind not in ("path", "action") or not rest:
        raise BadRequestException("AWS ARN for integration must contain path or action")
    if integration["type"] == "AWS_PROXY" and not _PROXY_TARGETS.search(f":{service.rpartition('.')[2]}"):
        raise BadRequestException(
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations."
        )
    if service == "lambda" and kind == "path" and "/functions/" in rest:
        function = rest.partition("/functions/")[2].rpartition("/")[0] or rest.partition("/functions/")[2]
        if not function.startswith("arn:") and "${stageVariables" not in function:
            raise BadRequestException("Invalid function ARN or invalid uri")


def _require_url(uri: str) -> None:
    if "${stageVariables." in uri:
        return
    try:
        parsed = urlsplit(uri)
    except ValueError:
        parsed = urlsplit("")
    if parsed.scheme not in ("http", "https") or not parsed.netloc:
        raise BadRequestException("Invalid HTTP endpoint specified for URI")


def _require_mapping(method: Settings, parameters: dict[str, Any]) -> None:
    known = method.get("requestParameters", {})
    findings = []
    for target, source in parameters.items():
        if not _REQUEST_TARGET.fullmatch(target):
            findings.append(f"Invalid mapping expression parameter specified: {target}")
        elif not _REQUEST_SOURCE.fullmatch(source or ""):
            findings.append(f"Invalid mapping expression specified: {source}")
        elif source.startswith("method.request.") and not source.startswith("method.request.body"):
            name = source.replace(".multivalue", ".")
            if name not in known:
                findings.append(f"Invalid mapping expression parameter specified: {source}")
    if findings:
        raise mapping_error(*findings)


def require_method_integration(method: Settings) -> Settings:
    integration: Settings | None = method.get("methodIntegration")
    if integration is None:
        raise not_found("Integration")
    return integration


_TEXTS = frozenset({"uri", "httpMethod", "credentials", "passthroughBehavior", "contentHandling", "cacheNamespace"}) | {
    "connectionType",
    "connectionId",
    "responseTransferMode",
    "integrationTarget",
}


def patch_integration(integration: Settings, patch: Patch) -> None:
    """Change an Integration. Raises BadRequest-, NotFoundException."""
    member = patch.parts[0]
    if member in ("requestParameters", "requestTemplates") and len(patch.parts) == 2:
        _patch_texts(integration, member, patch)
    elif member == "cacheKeyParameters":
        _patch_keys(integration, patch)
    elif member == "tlsConfig" and patch.parts[1:] == ("insecureSkipVerification",):
        patch.require_op("add", "replace", "remove")
        integration["tlsConfig"] = {"insecureSkipVerification": patch.is_true and patch.op != "remove"}
    elif len(patch.parts) > 1 or (member not in _TEXTS and member != "timeoutInMillis"):
        raise patch.refused()
    else:
        patch.require_op("replace")
        if member == "timeoutInMillis":
            integration[member] = _number(patch)
        elif patch.value:
            integration[member] = patch.value
        else:
            integration.pop(member, None)


def _number(patch: Patch) -> int:
    try:
        return int(patch.text)
    except ValueError:
        raise BadRequestException("Timeout should be between 50 ms and 29000 ms") from None


def _patch_keys(integration: Settings, patch: Patch) -> None:
    patch.require_op("add", "remove", "replace")
    keys: list[str] = integration["cacheKeyParameters"]
    name = patch.parts[1] if len(patch.parts) > 1 else patch.text
    if patch.op == "remove":
        integration["cacheKeyParameters"] = [key for key in keys if key != name]
    elif name not in keys:
        integration["cacheKeyParameters"] = [*keys, name]


def _patch_texts(settings: Settings, member: str, patch: Patch) -> None:
    patch.require_op("add", "remove", "replace")
    name = patch.parts[1]
    entries = dict(settings.get(member, {}))
    if patch.op in ("remove", "replace") and name not in entries:
        is_template = member.endswith("Templates")
        if patch.op == "remove" or not is_template:
            what = "Invalid content type specified" if is_template else "Invalid parameter name specified"
            raise NotFoundException(what)
    if patch.op == "remove":
        del entries[name]
    else:
        entries[name] = patch.value or None
    settings[member] = entries
    if not entries:
        del settings[member]


def new_response(method: Settings, status: str, request: Settings) -> Settings:
    """The IntegrationResponse that PutIntegrationResponse makes. Raises BadRequestException."""
    response: Settings = {"statusCode": status}
    if request.get("selectionPattern") is not None:
        response["selectionPattern"] = request["selectionPattern"]
    if request.get("responseParameters"):
        response["responseParameters"] = dict(request["responseParameters"])
    if request.get("responseTemplates"):
        response["responseTemplates"] = {name: text or None for name, text in request["responseTemplates"].items()}
    if request.get("contentHandling"):
        response["contentHandling"] = request["contentHandling"]
    require_response(method, response)
    return response


def require_response(method: Settings, response: Settings) -> None:
    """Raises BadRequestException when a response maps what can't be mapped."""
    for content_type in response.get("responseTemplates", {}):
        require_content_type(content_type)
    parameters = response.get("responseParameters", {})
    of_method = method.get("methodResponses", {}).get(response["statusCode"], {}).get("responseParameters", {})
    findings = []
    for target, source in parameters.items():
        if target not in of_method:
            findings.append(f"Invalid mapping expression parameter specified: {target}")
        elif not _RESPONSE_SOURCE.fullmatch(source):
            findings.append(f"Invalid mapping expression specified: {source}")
    if findings:
        raise mapping_error(*findings)
    try:
        re.compile(response.get("selectionPattern", ""))
    except re.error:
        raise BadRequestException("Invalid selection pattern specified") from None


def require_found_response(integration: Settings, status: str) -> Settings:
    response: Settings | None = integration.get("integrationResponses", {}).get(status)
    if response is None:
        raise NotFoundException("Invalid Response status code specified")
    return response


def patch_response(response: Settings, patch: Patch) -> None:
    """Change an IntegrationResponse. Raises BadRequest-, NotFoundException."""
    member = patch.parts[0]
    if member in ("responseParameters", "responseTemplates") and len(patch.parts) == 2:
        _patch_texts(response, member, patch)
    elif patch.parts in (("selectionPattern",), ("contentHandling",)):
        patch.require_op("replace")
        if member == "contentHandling" and patch.value and patch.value not in _CONTENT_HANDLING:
            raise BadRequestException(
                f"Invalid contentHandling specified. Valid options are {','.join(_CONTENT_HANDLING)}"
            )
        response[member] = patch.text
        if not patch.value and member == "contentHandling":
            del response[member]
    else:
        raise patch.refused()
