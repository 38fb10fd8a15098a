"""API mappings: which path below a domain name leads to which stage of which API."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.ids import random_lower
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.domain_names import TOPIC, checked_mapping, publish_domains, shown_mapping
from serein.services.apigatewayv2.errors import BadRequestException, ConflictException, NotFoundException
from serein.services.apigatewayv2.pages import page_of
from serein.services.apigatewayv2.store import domains
from serein.services.apigatewayv2.store.domains import ApiMapping

_REST = "REST"
_MOST_MAPPINGS = 200


@operation("CreateApiMapping")
async def create_api_mapping(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, ConflictException for a key in use, BadRequestException."""
    mapping = checked_mapping(random_lower(6), request)
    protocol = await _protocol(call, mapping)

    def write(tx: Transaction) -> None:
        name = request["DomainName"].lower()
        domains.require_domain(tx, call.scope, name)
        _put(tx, call, name, mapping, protocol)

    await call.write(write)
    await publish_domains(call.platform)
    return shown_mapping(mapping)


@operation("GetApiMapping")
async def get_api_mapping(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> ApiMapping:
        name = request["DomainName"].lower()
        domains.require_domain(tx, call.scope, name)
        return domains.require_mapping(tx, name, request["ApiMappingId"])

    return shown_mapping(await call.read(read))


@operation("GetApiMappings")
async def get_api_mappings(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException for a malformed page size or token."""

    def read(tx: Transaction) -> list[ApiMapping]:
        name = request["DomainName"].lower()
        domains.require_domain(tx, call.scope, name)
        return domains.list_mappings(tx, name)

    return page_of([shown_mapping(mapping) for mapping in await call.read(read)], "ApiMappingId", request)


@operation("UpdateApiMapping")
async def update_api_mapping(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, ConflictException for a key in use, BadRequestException."""
    name = request["DomainName"].lower()

    def read(tx: Transaction) -> ApiMapping:
        domains.require_domain(tx, call.scope, name)
        return domains.require_mapping(tx, name, request["ApiMappingId"])

    mapping = checked_mapping(request["ApiMappingId"], request, await call.read(read))
    protocol = await _protocol(call, mapping)

    def write(tx: Transaction) -> None:
        domains.require_mapping(tx, name, mapping.mapping_id)
        _put(tx, call, name, mapping, protocol)

    await call.write(write)
    await publish_domains(call.platform)
    return shown_mapping(mapping)


@operation("DeleteApiMapping")
async def delete_api_mapping(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def write(tx: Transaction) -> None:
        name = request["DomainName"].lower()
        domains.require_domain(tx, call.scope, name)
        domains.require_mapping(tx, name, request["ApiMappingId"])
        domains.delete_mapping(tx, name, request["ApiMappingId"])
        tx.wake(TOPIC)

    await call.write(write)
    await publish_domains(call.platform)
    return {}


@operation("ApiIsMapped", internal=True)
async def api_is_mapped(call: Call, request: Request) -> Reply:
    """Whether a domain name leads to the API `ApiId`, or to its `Stage`: it can't be deleted then."""
    found = await call.read(lambda tx: domains.is_mapped(tx, request["ApiId"], request.get("Stage", "")))
    return {"IsMapped": found}


def _put(tx: Transaction, call: Call, name: str, mapping: ApiMapping, protocol: str) -> None:
    if "+" in name and protocol != _REST:
        raise BadRequestException("Private custom domain names can only be mapped to REST APIs")
    others = [other for other in domains.list_mappings(tx, name) if other.mapping_id != mapping.mapping_id]
    if any(other.key == mapping.key for other in others):
        raise ConflictException("ApiMapping key already exists for this domain name")
    if len(others) >= _MOST_MAPPINGS:
        raise BadRequestException(f"Maximum number of API mappings for domain name {name} has been reached")
    for other in others:
        api = store.find_api(tx, call.scope, other.api_id)
        if api is not None and (api["ProtocolType"] == "WEBSOCKET") != (protocol == "WEBSOCKET"):
            raise BadRequestException(
                "WebSocket APIs can't be mapped to the same custom domain name as REST or HTTP APIs"
            )
    domains.put_mapping(tx, name, mapping)
    tx.wake(TOPIC)


async def _protocol(call: Call, mapping: ApiMapping) -> str:
    """The protocol of the API that a mapping leads to, whose stage must be there, too."""

    def read(tx: Transaction) -> str:
        api = store.find_api(tx, call.scope, mapping.api_id)
        if api is None:
            return ""
        if store.find_stage(tx, mapping.api_id, mapping.stage) is None:
            raise BadRequestException("Invalid stage identifier specified")
        protocol: str = api["ProtocolType"]
        return protocol

    protocol = await call.read(read)
    if protocol:
        return protocol
    try:
        await call.to("apigateway", "GetRestApi", {"restApiId": mapping.api_id})
        if mapping.stage:
            await call.to("apigateway", "GetStage", {"restApiId": mapping.api_id, "stageName": mapping.stage})
    except AwsError as error:
        if "Stage" in error.message or "stage" in error.message:
            raise BadRequestException("Invalid stage identifier specified") from error
        raise NotFoundException(f"Invalid API identifier specified {call.scope.account}:{mapping.api_id}") from error
    return _REST
