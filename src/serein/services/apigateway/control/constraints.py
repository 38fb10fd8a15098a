"""The constraints of API Gateway's model, reported in its own words.

AWS: a member of the body is named below its input (`createRestApiInput.name`), one of the path or query isn't, and
findings in the body come first; enumerations are listed in an order of AWS's own.
"""

import re
from collections.abc import Awaitable, Callable
from functools import wraps

from serein.kernel.call import Call
from serein.kernel.errors import ValidationFailed
from serein.kernel.operation import Reply, Request

_OperationFunction = Callable[[Call, Request], Awaitable[Reply]]
_UNPREFIXED = re.compile(
    r" at '(?:\w*[a-z]Id|statusCode|responseType|mode|format|locationStatus|resourceOwner|stageName|httpMethod|apiKey|"
    r"modelName|domainName|basePath|documentationVersion|exportType|sdkType|startDate|endDate|resourceArn|tagKeys|id)'"
)
_EMPTY_ENUM = re.compile(r"Value '' at '[\w.]+' failed to satisfy constraint: Member must satisfy enum value set")
_ENUM = re.compile(r"enum value set: \[([^\]]*)\]")
_BODY_NAMES = {
    "CreateDocumentationVersion": frozenset({"documentationVersion", "stageName"}),
    "CreateStage": frozenset({"stageName", "documentationVersion", "deploymentId"}),
    "CreateDomainName": frozenset({"domainName"}),
    "CreateBasePathMapping": frozenset({"basePath", "restApiId"}),
    "CreateDeployment": frozenset({"stageName"}),
    "CreateUsagePlanKey": frozenset({"keyId"}),
    "PutGatewayResponse": frozenset({"statusCode"}),
    "PutMethod": frozenset({"authorizerId", "requestValidatorId"}),
}
_ORDERS = (
    "add, remove, move, test, replace, copy",
    "HTTP, MOCK, AWS_PROXY, HTTP_PROXY, AWS",
    "PRIVATE, EDGE, REGIONAL",
    "REQUEST_TOO_LARGE, RESOURCE_NOT_FOUND, AUTHORIZER_CONFIGURATION_ERROR, MISSING_AUTHENTICATION_TOKEN, "
    "BAD_REQUEST_BODY, INVALID_SIGNATURE, INVALID_API_KEY, BAD_REQUEST_PARAMETERS, AUTHORIZER_FAILURE, UNAUTHORIZED, "
    "INTEGRATION_TIMEOUT, ACCESS_DENIED, DEFAULT_4XX, DEFAULT_5XX, WAF_FILTERED, QUOTA_EXCEEDED, THROTTLED, "
    "API_CONFIGURATION_ERROR, UNSUPPORTED_MEDIA_TYPE, INTEGRATION_FAILURE, EXPIRED_TOKEN",
    "RESPONSE_BODY, RESPONSE, METHOD, MODEL, AUTHORIZER, RESPONSE_HEADER, RESOURCE, PATH_PARAMETER, REQUEST_BODY, "
    "QUERY_PARAMETER, API, REQUEST_HEADER",
)
_SHOWN = {frozenset(order.split(", ")): order for order in _ORDERS}


def checked(function: _OperationFunction) -> _OperationFunction:
    """Make an operation refuse what breaks a constraint of its model. It raises ValidationException."""

    @wraps(function)
    async def check(call: Call, request: Request) -> Reply:
        findings = call.platform.contract.check(call.service, call.operation, request)
        if findings:
            shown = _shown(call.operation, findings)
            if shown:
                plural = "" if len(shown) == 1 else "s"
                raise ValidationFailed(f"{len(shown)} validation error{plural} detected: {'; '.join(shown)}")
        return await function(call, request)

    return check


def _shown(operation: str, findings: list[str]) -> list[str]:
    of_body, others = [], []
    for finding in findings:
        # AWS: an enumeration's empty value is no value.
        if _EMPTY_ENUM.match(finding):
            continue
        # AWS: of a list's members it says nothing about null.
        text = _ENUM.sub(_listed, finding).replace(", Member must not be null]", "]")
        unprefixed = _UNPREFIXED.search(text)
        name = unprefixed[0][5:-1] if unprefixed else ""
        if unprefixed and name not in _BODY_NAMES.get(operation, ()):
            others.append(text)
        else:
            prefix = operation[:1].lower() + operation[1:] + "Input."
            of_body.append(text.replace(" at '", f" at '{prefix}", 1))
    return of_body + others


def _listed(found: re.Match[str]) -> str:
    values = found[1]
    return f"enum value set: [{_SHOWN.get(frozenset(values.split(', ')), values)}]"
