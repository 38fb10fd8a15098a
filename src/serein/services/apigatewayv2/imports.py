"""What ImportApi and ReimportApi share: from a definition to stored routes and integrations."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.authorizers import new_authorizer
from serein.services.apigatewayv2.errors import BadRequestException
from serein.services.apigatewayv2.integrations import checked_route, new_integration, new_route
from serein.services.apigatewayv2.openapi import Definition, parse_definition

Part = tuple[str, str, dict[str, Any]]
"""Kind, id and settings."""


def parse_request(call: Call, request: dict[str, Any]) -> Definition:
    """The definition in a request's `Body`, whose parts could each be made by an operation of its own.

    Raises BadRequestException, for warnings too when `FailOnWarnings`.
    """
    definition = parse_definition(request["Body"], request.get("Basepath", "ignore"))
    validate = call.platform.contract.validate
    validate(call.service, "CreateApi", definition.api)
    for authorizer in definition.authorizers.values():
        validate(call.service, "CreateAuthorizer", {"ApiId": "-", **authorizer})
    for route, integration in definition.routes:
        asked = {name: value for name, value in route.items() if name != "AuthorizerName"}
        validate(call.service, "CreateRoute", {"ApiId": "-", **asked})
        if integration is not None:
            validate(call.service, "CreateIntegration", {"ApiId": "-", **integration})
    if request.get("FailOnWarnings") and definition.warnings:
        raise BadRequestException("Warnings found during import:\n\t" + "\n\t".join(definition.warnings))
    return definition


def imported_parts(definition: Definition) -> list[Part]:
    """The authorizers, routes and integrations to store; equal integrations are stored once, as AWS does."""
    authorizers = {name: new_authorizer(asked, "HTTP") for name, asked in definition.authorizers.items()}
    by_id = {each["AuthorizerId"]: each for each in authorizers.values()}
    parts: list[Part] = [("Authorizer", authorizer_id, each) for authorizer_id, each in by_id.items()]
    made: dict[str, str] = {}
    for asked_route, asked_integration in definition.routes:
        asked = dict(asked_route)
        if "AuthorizerName" in asked:
            asked["AuthorizerId"] = authorizers[asked.pop("AuthorizerName")]["AuthorizerId"]
        route = checked_route(new_route(asked), by_id.get)
        if asked_integration is not None:
            text = repr(sorted(asked_integration.items()))
            if text not in made:
                integration = new_integration(asked_integration)
                made[text] = integration["IntegrationId"]
                parts.append(("Integration", integration["IntegrationId"], integration))
            route["Target"] = f"integrations/{made[text]}"
        parts.append(("Route", route["RouteId"], route))
    return parts


def put_parts(tx: Transaction, api_id: str, parts: list[Part]) -> None:
    for kind, part_id, settings in parts:
        store.put_part(tx, api_id, kind, part_id, settings)
