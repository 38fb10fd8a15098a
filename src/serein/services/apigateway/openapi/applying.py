"""A definition applied to an API in a transaction: its parts made, merged or overwritten."""

from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.ids import random_lower
from serein.services.apigateway.control.authorizers import new_authorizer
from serein.services.apigateway.control.documentation import place_of
from serein.services.apigateway.control.gateway_responses import STATUSES, new_response
from serein.services.apigateway.control.integrations import new_integration
from serein.services.apigateway.control.integrations import new_response as new_integration_response
from serein.services.apigateway.control.methods import FindPart, require_parameters, require_references
from serein.services.apigateway.control.models import require_schema
from serein.services.apigateway.control.resource_tree import new_resource
from serein.services.apigateway.errors import BadRequestException
from serein.services.apigateway.openapi.methods import OfMethod
from serein.services.apigateway.openapi.reading import Definition
from serein.services.apigateway.parts import finder, put_resource, resources_of
from serein.services.apigateway.store import apis

Settings = dict[str, Any]
_REPLACED_KINDS = ("Model", "RequestValidator", "Authorizer", "GatewayResponse", "DocumentationPart")


def clear_parts(tx: Transaction, api_id: str) -> None:
    """Delete all parts of an API but its root resource, which loses its methods."""
    for kind in _REPLACED_KINDS:
        apis.delete_parts(tx, api_id, kind)
    root = next(resource for resource in resources_of(tx, api_id).values() if "parentId" not in resource)
    apis.delete_parts(tx, api_id, "Resource")
    root.pop("resourceMethods", None)
    put_resource(tx, api_id, root)


def apply_definition(tx: Transaction, api_id: str, definition: Definition) -> None:
    """Make or replace what a definition has. Raises BadRequestException that lists all that can't be made."""
    errors: list[str] = []
    _put_models(tx, api_id, definition, errors)
    validators = _put_validators(tx, api_id, definition)
    authorizers = _put_authorizers(tx, api_id, definition, errors)
    for request in definition.gateway_responses:
        if request["responseType"] not in STATUSES:
            errors.append(
                f"Unable to put gateway response '{request['responseType']}': Invalid response type specified"
            )
            continue
        apis.put_part(tx, api_id, "GatewayResponse", request["responseType"], new_response(request))
    _put_documentation(tx, api_id, definition)
    resources = resources_of(tx, api_id)
    by_path = {resource["path"]: resource for resource in resources.values()}
    for path in definition.paths:
        try:
            _ensure_path(resources, by_path, path)
        except AwsError as error:
            errors.append(f"Unable to create resource at path '{path}': {error.message}")
    for made in definition.methods:
        resource = by_path.get(made.path)
        if resource is None:
            continue
        made.settings["authorizerId"] = authorizers.get(made.settings.pop("authorizerName", ""), "")
        made.settings["requestValidatorId"] = validators.get(made.settings.pop("validatorName", ""), "")
        method = _method(resource, made, finder(tx, api_id), errors)
        resource.setdefault("resourceMethods", {})[made.verb] = method
    for resource in resources.values():
        put_resource(tx, api_id, resource)
    if errors:
        listed = "\n".join(f"\t{error}" for error in errors)
        raise BadRequestException(f"Errors found during import:\n{listed}")


def _put_models(tx: Transaction, api_id: str, definition: Definition, errors: list[str]) -> None:
    for name, model in definition.models.items():
        try:
            require_schema(model["schema"], model["contentType"])
        except AwsError as error:
            errors.append(f"Unable to create model '{name}': {error.message}")
        existing = apis.find_part(tx, api_id, "Model", name) or {"id": random_lower(6)}
        apis.put_part(tx, api_id, "Model", name, {"id": existing["id"], "name": name, **model})


def _put_validators(tx: Transaction, api_id: str, definition: Definition) -> dict[str, str]:
    ids = {found["name"]: found["id"] for found in apis.list_parts(tx, api_id, "RequestValidator") if "name" in found}
    for name, settings in definition.validators.items():
        ids.setdefault(name, random_lower(6))
        apis.put_part(tx, api_id, "RequestValidator", ids[name], {"id": ids[name], **settings})
    return ids


def _put_authorizers(tx: Transaction, api_id: str, definition: Definition, errors: list[str]) -> dict[str, str]:
    ids = {found["name"]: found["id"] for found in apis.list_parts(tx, api_id, "Authorizer")}
    for name, request in definition.authorizers.items():
        try:
            authorizer = new_authorizer(request)
        except AwsError as error:
            errors.append(f"Unable to create authorizer '{name}': {error.message}")
            continue
        authorizer["id"] = ids.setdefault(name, authorizer["id"])
        apis.put_part(tx, api_id, "Authorizer", authorizer["id"], authorizer)
    return ids


def _put_documentation(tx: Transaction, api_id: str, definition: Definition) -> None:
    existing = {place_of(part): part["id"] for part in apis.list_parts(tx, api_id, "DocumentationPart")}
    for part in definition.documentation:
        part["id"] = existing.get(place_of(part), part["id"])
        apis.put_part(tx, api_id, "DocumentationPart", part["id"], part)


def _ensure_path(resources: dict[str, Settings], by_path: dict[str, Settings], path: str) -> None:
    parent = by_path["/"]
    for part in [part for part in path.split("/") if part]:
        place = f"{parent['path'].rstrip('/')}/{part}"
        if place not in by_path:
            made = new_resource(resources, parent["id"], part)
            resources[made["id"]] = by_path[place] = made
        parent = by_path[place]


def _method(resource: Settings, made: OfMethod, find_part: FindPart, errors: list[str]) -> Settings:
    settings = {name: value for name, value in made.settings.items() if value != ""}
    method: Settings = {"httpMethod": made.verb, **settings}
    try:
        require_parameters(method.get("requestParameters", {}))
        require_references(method, find_part)
    except AwsError as error:
        errors.append(f"Unable to put method '{made.verb}' on resource at path '{made.path}': {error.message}")
    if made.integration is None:
        return method
    responses = made.integration.pop("responses")
    try:
        integration = new_integration(method, resource["id"], made.integration)
        method["methodIntegration"] = integration
    except AwsError as error:
        errors.append(f"Unable to put integration on '{made.verb}' for resource at path '{made.path}': {error.message}")
        return method
    for status, request in sorted(responses.items()):
        try:
            response = new_integration_response(method, status, request)
        except AwsError as error:
            place = f"'{made.verb}' for resource at path '{made.path}'"
            errors.append(f"Unable to put integration response on {place}: {error.message}")
            continue
        integration.setdefault("integrationResponses", {})[status] = response
    return method
