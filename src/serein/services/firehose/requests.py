"""Checks of requests against AWS's model.

Why here: a plain `http://` address is a destination too, on a machine where servers have no certificates, and every
other constraint holds as it is.
"""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.operation import Request
from serein.services.firehose.errors import ValidationException

_HTTP_MEMBERS = ("HttpEndpointDestinationConfiguration", "HttpEndpointDestinationUpdate")


def check(call: Call, request: Request) -> None:
    """Raise ValidationException when the request breaks a constraint of the model."""
    shown = _with_https(request)
    if call.caller.service is not None and "Tags" in shown:
        # Why: the tags that CloudFormation sets are AWS's own, whose names the model's pattern excludes.
        shown = {**shown, "Tags": [tag for tag in shown["Tags"] if not tag["Key"].startswith("aws:")] or [{"Key": "k"}]}
    findings = call.platform.contract.check("firehose", call.operation, shown)
    if findings:
        plural = "" if len(findings) == 1 else "s"
        raise ValidationException(f"{len(findings)} validation error{plural} detected: {'; '.join(findings)}")


def _with_https(request: Request) -> Request:
    for member in _HTTP_MEMBERS:
        given: dict[str, Any] = request.get(member) or {}
        endpoint = given.get("EndpointConfiguration") or {}
        if str(endpoint.get("Url", "")).startswith("http://"):
            secure = {**endpoint, "Url": "https://" + endpoint["Url"].removeprefix("http://")}
            return {**request, member: {**given, "EndpointConfiguration": secure}}
    return request
