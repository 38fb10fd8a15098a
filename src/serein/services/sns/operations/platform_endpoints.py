"""Platform endpoints: the devices of a platform application."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns.devices import application_of, parse_attributes, require_endpoint_arn
from serein.services.sns.errors import NotFound, invalid, missing
from serein.services.sns.pages import PAGE, next_token, require_position
from serein.services.sns.store import platforms
from serein.services.sns.topics import require_arn


@operation("CreatePlatformEndpoint")
async def create_platform_endpoint(call: Call, request: Request) -> Reply:
    application_arn = str(require_arn(request.get("PlatformApplicationArn"), "PlatformApplicationArn"))
    token = request.get("Token")
    if not token:
        raise invalid("Token", "cannot be empty")
    given = parse_attributes(request.get("Attributes") or {})
    if request.get("CustomUserData"):
        # AWS: what the attributes say of it comes first.
        given = parse_attributes({"CustomUserData": request["CustomUserData"]}) | given
    wanted = {"Enabled": "true", **given, "Token": token}

    def write(tx: Transaction) -> str:
        if platforms.find_application(tx, application_arn) is None:
            raise NotFound("PlatformApplication does not exist")
        existing = platforms.find_endpoint_of(tx, application_arn, token)
        if existing is not None:
            if existing[1] != wanted:
                raise invalid(
                    "Token", f"Endpoint {existing[0]} already exists with the same Token, but different attributes."
                )
            return existing[0]
        arn = f"{application_arn.replace(':app/', ':endpoint/', 1)}/{new_uuid()}"
        platforms.put_endpoint(tx, arn, application_arn, wanted)
        return arn

    return {"EndpointArn": await call.write(write)}


@operation("DeleteEndpoint")
async def delete_endpoint(call: Call, request: Request) -> Reply:
    """AWS: an endpoint that is gone is no error, and its subscriptions stay."""
    arn = require_endpoint_arn(request.get("EndpointArn"))
    await call.write(lambda tx: platforms.delete_endpoint(tx, arn))
    return {}


@operation("GetEndpointAttributes")
async def get_endpoint_attributes(call: Call, request: Request) -> Reply:
    arn = require_endpoint_arn(request.get("EndpointArn"))
    return {"Attributes": await call.read(lambda tx: _require(tx, arn))}


@operation("SetEndpointAttributes")
async def set_endpoint_attributes(call: Call, request: Request) -> Reply:
    arn = require_endpoint_arn(request.get("EndpointArn"))
    if not request.get("Attributes"):
        raise missing("attributes")
    given = parse_attributes(request["Attributes"])
    application_arn = application_of(arn)

    def write(tx: Transaction) -> None:
        attributes = _require(tx, arn) | given
        other = platforms.find_endpoint_of(tx, application_arn, attributes["Token"])
        if other is not None and other[0] != arn:
            raise invalid("Token", f"Endpoint {other[0]} already exists with the same Token, but different attributes.")
        platforms.put_endpoint(tx, arn, application_arn, attributes)

    await call.write(write)
    return {}


@operation("ListEndpointsByPlatformApplication")
async def list_endpoints_by_platform_application(call: Call, request: Request) -> Reply:
    application_arn = str(require_arn(request.get("PlatformApplicationArn"), "PlatformApplicationArn"))
    after = require_position(request)

    def read(tx: Transaction) -> list[tuple[str, dict[str, str]]]:
        if platforms.find_application(tx, application_arn) is None:
            raise NotFound("PlatformApplication does not exist")
        return platforms.endpoints(tx, application_arn, after, PAGE + 1)

    found = await call.read(read)
    return {
        "Endpoints": [{"EndpointArn": arn, "Attributes": attributes} for arn, attributes in found[:PAGE]],
        **next_token([arn for arn, _ in found]),
    }


def _require(tx: Transaction, arn: str) -> dict[str, str]:
    found = platforms.find_endpoint(tx, arn)
    if found is None:
        raise NotFound("Endpoint does not exist")
    return found
