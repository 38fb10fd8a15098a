"""APIs made of OpenAPI documents: ImportRestApi and PutRestApi."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.models import default_models
from serein.services.apigateway.control.resource_tree import root_resource
from serein.services.apigateway.control.rest_apis import endpoint_configuration, new_api
from serein.services.apigateway.errors import BadRequestException
from serein.services.apigateway.openapi.applying import apply_definition, clear_parts
from serein.services.apigateway.openapi.documents import parse_document
from serein.services.apigateway.openapi.reading import Definition, read_definition
from serein.services.apigateway.store import apis

_OF_DOCUMENT = ("description", "version", "binaryMediaTypes", "minimumCompressionSize", "policy")
LARGEST_BODY_BYTES = 6 * 1024 * 1024


def _require_fit(call: Call, request: Request) -> bytes:
    """The definition with its AWS variables resolved.

    AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/import-api-aws-variables.html
    """
    body: bytes = request["body"]
    if len(body) > LARGEST_BODY_BYTES:
        raise BadRequestException("The API definition is too large. Maximum size is 6 MB")
    if b"${AWS::" in body:
        scope = call.scope
        for name, value in (("AccountId", scope.account), ("Partition", scope.partition), ("Region", scope.region)):
            body = body.replace(f"${{AWS::{name}}}".encode(), value.encode())
    return body


def _require_no_warnings(definition: Definition, request: Request) -> None:
    if definition.warnings and request.get("failOnWarnings"):
        listed = "\n".join(f"\t{warning}" for warning in definition.warnings)
        raise BadRequestException(f"Warnings found during import:\n{listed}")


@operation("ImportRestApi")
@checked
async def import_rest_api(call: Call, request: Request) -> Reply:
    """Make an API of a document. Raises BadRequestException."""
    document = parse_document(_require_fit(call, request))

    def write(tx: Transaction) -> dict[str, Any]:
        settings = new_api({"name": "imported"}, tx.now)
        definition = read_definition(document, request.get("parameters") or {}, settings["id"])
        _require_no_warnings(definition, request)
        if not definition.api["name"]:
            raise BadRequestException("Invalid OpenAPI input. The document has no info.title")
        asked = definition.api
        endpoint = endpoint_configuration(asked.get("endpointConfiguration"))
        settings = {**settings, **asked, "endpointConfiguration": endpoint}
        apis.put_part(
            tx, settings["id"], "Resource", settings["rootResourceId"], root_resource(settings["rootResourceId"])
        )
        for model in default_models():
            apis.put_part(tx, settings["id"], "Model", model["name"], model)
        apply_definition(tx, settings["id"], definition)
        apis.insert_api(tx, call.scope, settings)
        return _reply(settings, definition)

    return await call.write(write)


@operation("PutRestApi")
@checked
async def put_rest_api(call: Call, request: Request) -> Reply:
    """Merge a document into an API, or overwrite the API with it. Raises NotFound-, BadRequestException."""
    document = parse_document(_require_fit(call, request))

    def write(tx: Transaction) -> dict[str, Any]:
        settings = apis.require_api(tx, call.scope, request["restApiId"])
        definition = read_definition(document, request.get("parameters") or {}, settings["id"])
        _require_no_warnings(definition, request)
        if request.get("mode") == "overwrite":
            clear_parts(tx, settings["id"])
            for name in _OF_DOCUMENT:
                settings.pop(name, None)
        asked = {name: value for name, value in definition.api.items() if value != ""}
        if "endpointConfiguration" in asked:
            merged = {**settings["endpointConfiguration"], **asked["endpointConfiguration"]}
            if merged["types"] == ["PRIVATE"]:
                merged["ipAddressType"] = "dualstack"
            asked["endpointConfiguration"] = endpoint_configuration(merged)
        settings = {**settings, **asked}
        apply_definition(tx, settings["id"], definition)
        apis.update_api(tx, settings)
        return _reply({"tags": {}, **settings}, definition)

    return await call.write(write)


def _reply(settings: dict[str, Any], definition: Definition) -> dict[str, Any]:
    return {**settings, "warnings": definition.warnings} if definition.warnings else settings
