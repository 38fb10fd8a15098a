"""The parts of an API in a transaction: found for an account, with AWS's words for one that isn't there."""

from collections.abc import Callable, Iterable
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.apigateway.control.methods import FindPart, require_method
from serein.services.apigateway.control.patches import Patch
from serein.services.apigateway.control.resource_tree import require_resource
from serein.services.apigateway.errors import NotFoundException, not_found
from serein.services.apigateway.store import apis, stages

Settings = dict[str, Any]
_MISSING = {
    "Model": "Invalid model name specified: {}",
    "RequestValidator": "Invalid Request Validator identifier specified",
    "Authorizer": "Invalid Authorizer identifier specified",
    "DocumentationPart": "Invalid Documentation part identifier specified",
    "DocumentationVersion": "Invalid Documentation version specified",
}


def require_part(tx: Transaction, scope: Scope, api_id: str, kind: str, part_id: str) -> Settings:
    """A part of an API. AWS: an API that isn't there is a part that isn't there. Raises NotFoundException."""
    found = apis.find_part(tx, api_id, kind, part_id) if apis.find_api(tx, scope, api_id) is not None else None
    if found is None:
        raise NotFoundException(_MISSING[kind].format(part_id))
    return found


def delete_part(tx: Transaction, scope: Scope, api_id: str, kind: str, part_id: str) -> None:
    require_part(tx, scope, api_id, kind, part_id)
    apis.delete_part(tx, api_id, kind, part_id)


def finder(tx: Transaction, api_id: str) -> FindPart:
    """What finds parts of an API by kind and id."""
    return lambda kind, part_id: apis.find_part(tx, api_id, kind, part_id)


def resources_of(tx: Transaction, api_id: str) -> dict[str, Settings]:
    """An API's resources by id, in the order of their paths."""
    found = apis.list_parts(tx, api_id, "Resource")
    return {resource["id"]: resource for resource in sorted(found, key=lambda resource: resource["path"])}


def find_resource(tx: Transaction, scope: Scope, request: Settings) -> Settings:
    """The resource that a request names. AWS: an API that isn't there is a resource that isn't there."""
    api_id = request["restApiId"]
    if apis.find_api(tx, scope, api_id) is None:
        raise not_found("Resource")
    found = apis.find_part(tx, api_id, "Resource", request["resourceId"])
    return require_resource({} if found is None else {found["id"]: found}, request["resourceId"])


def find_method(tx: Transaction, scope: Scope, request: Settings) -> tuple[Settings, Settings]:
    """The resource and the method that a request names. Raises NotFoundException."""
    resource = find_resource(tx, scope, request)
    return resource, require_method(resource, request["httpMethod"])


def put_resource(tx: Transaction, api_id: str, resource: Settings) -> None:
    apis.put_part(tx, api_id, "Resource", resource["id"], resource)


def require_stage(tx: Transaction, scope: Scope, request: Settings) -> Settings:
    """The stage that a request names. AWS: an API that isn't there is a stage that isn't there."""
    found = None
    if apis.find_api(tx, scope, request["restApiId"]) is not None:
        found = stages.find_stage(tx, request["restApiId"], request["stageName"])
    if found is None:
        raise NotFoundException("Invalid stage identifier specified")
    return found


def require_deployment(tx: Transaction, scope: Scope, api_id: str, deployment_id: str) -> tuple[Settings, Settings]:
    """A deployment and its summary. Raises NotFoundException."""
    apis.require_api(tx, scope, api_id)
    found = stages.find_deployment(tx, api_id, deployment_id)
    if found is None:
        raise not_found("Deployment")
    return found


def patched(settings: Settings, patches: Iterable[Patch], patch_one: Callable[[Settings, Patch], None]) -> Settings:
    """The settings with every patch applied, in their order."""
    for patch in patches:
        patch_one(settings, patch)
    return settings
