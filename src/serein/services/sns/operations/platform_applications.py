"""Platform applications: what devices are reached through."""

import re

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns.errors import NotFound, invalid, missing
from serein.services.sns.pages import PAGE, next_token, require_position
from serein.services.sns.store import platforms
from serein.services.sns.topics import require_arn

_PLATFORMS = frozenset(
    {
        "ADM",
        "APNS",
        "APNS_SANDBOX",
        "APNS_VOIP",
        "APNS_VOIP_SANDBOX",
        "BAIDU",
        "GCM",
        "MACOS",
        "MACOS_SANDBOX",
        "MPNS",
        "WNS",
    }
)
_NAME = re.compile(r"[A-Za-z0-9_.-]+\Z")
_LONGEST_NAME = 256
_WITHOUT_PRINCIPAL = frozenset({"GCM"})
_SECRETS = frozenset({"PlatformCredential", "PlatformPrincipal"})
_ATTRIBUTES = _SECRETS | {
    "ApplePlatformBundleID",
    "ApplePlatformTeamID",
    "EventDeliveryFailure",
    "EventEndpointCreated",
    "EventEndpointDeleted",
    "EventEndpointUpdated",
    "FailureFeedbackRoleArn",
    "SuccessFeedbackRoleArn",
    "SuccessFeedbackSampleRate",
}
_NO_EFFECT = "its attributes are kept; no platform's servers are asked or reached, and no events are published"


@operation("CreatePlatformApplication", partial=_NO_EFFECT)
async def create_platform_application(call: Call, request: Request) -> Reply:
    name, platform = request.get("Name") or "", request.get("Platform") or ""
    _require_name(name)
    if platform not in _PLATFORMS:
        raise invalid("Platform", f"{platform} is not supported")
    given = _parse(request)
    _require_secrets(platform, given)
    arn = f"arn:aws:sns:{call.scope.region}:{call.scope.account}:app/{platform}/{name}"

    def write(tx: Transaction) -> None:
        found = platforms.find_application(tx, arn)
        if found is not None and found != {"Enabled": "true", **given}:
            raise invalid("Attributes", "Platform application already exists with different attributes")
        platforms.put_application(tx, call.scope, arn, {"Enabled": "true", **given})

    await call.write(write)
    return {"PlatformApplicationArn": arn}


@operation("DeletePlatformApplication")
async def delete_platform_application(call: Call, request: Request) -> Reply:
    arn = require_application_arn(request)
    await call.write(lambda tx: platforms.delete_application(tx, arn))
    return {}


@operation("GetPlatformApplicationAttributes")
async def get_platform_application_attributes(call: Call, request: Request) -> Reply:
    arn = require_application_arn(request)
    return {"Attributes": _shown(await call.read(lambda tx: require_application(tx, arn)))}


@operation("SetPlatformApplicationAttributes", partial=_NO_EFFECT)
async def set_platform_application_attributes(call: Call, request: Request) -> Reply:
    arn, given = require_application_arn(request), _parse(request)

    def write(tx: Transaction) -> None:
        platforms.put_application(tx, call.scope, arn, require_application(tx, arn) | given)

    await call.write(write)
    return {}


@operation("ListPlatformApplications")
async def list_platform_applications(call: Call, request: Request) -> Reply:
    after = require_position(request)
    found = await call.read(lambda tx: platforms.applications(tx, call.scope, after, PAGE + 1))
    return {
        "PlatformApplications": [
            {"PlatformApplicationArn": arn, "Attributes": _shown(attributes)} for arn, attributes in found[:PAGE]
        ],
        **next_token([arn for arn, _ in found]),
    }


def require_application_arn(request: Request) -> str:
    text = request.get("PlatformApplicationArn")
    parts = require_arn(text, "PlatformApplicationArn").resource.split("/")
    if parts[0] != "app" or len(parts) != 3:
        raise invalid("PlatformApplicationArn")
    return str(text)


def require_application(tx: Transaction, arn: str) -> dict[str, str]:
    found = platforms.find_application(tx, arn)
    if found is None:
        raise NotFound("PlatformApplication does not exist")
    return found


def _parse(request: Request) -> dict[str, str]:
    if request.get("Attributes") is None:
        raise missing("attributes")
    given: dict[str, str] = request["Attributes"]
    for name in given:
        if name not in _ATTRIBUTES:
            raise invalid("Attributes", f"Invalid attribute name: {name}")
    return given


def _require_name(name: str) -> None:
    if not name:
        raise invalid(name, "cannot be empty")
    if len(name) > _LONGEST_NAME:
        raise invalid(name, f"must be at most {_LONGEST_NAME} characters long")
    if not _NAME.match(name):
        raise invalid(name, "must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'")


def _require_secrets(platform: str, given: dict[str, str]) -> None:
    credential, principal = given.get("PlatformCredential"), given.get("PlatformPrincipal")
    if principal and not credential:
        raise invalid("Attributes", "PlatformPrincipal attribute provided without PlatformCredential")
    if not credential:
        raise invalid("Attributes", "PlatformCredential cannot be empty")
    if not principal and platform not in _WITHOUT_PRINCIPAL:
        raise invalid("Attributes", "PlatformCredential attribute provided without PlatformPrincipal")


def _shown(attributes: dict[str, str]) -> dict[str, str]:
    """AWS: credentials aren't told again."""
    return {name: value for name, value in attributes.items() if name not in _SECRETS}
