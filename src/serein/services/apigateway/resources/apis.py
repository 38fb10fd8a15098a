"""AWS::ApiGateway::RestApi, Resource, GatewayResponse and the documentation of an API."""

from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.apigateway.errors import BadRequestException
from serein.services.apigateway.resources.wire_form import (
    SERVICE,
    document_text,
    gone_is_fine,
    is_true,
    keep_tags,
    list_patches,
    map_patches,
    replaced,
    tags_of,
    text_of,
    texts,
    update,
)


@resource("AWS::ApiGateway::RestApi")
class RestApi:
    """A REST API, from properties or from an OpenAPI definition (`Body`, `BodyS3Location`)."""

    properties = frozenset(
        {
            "ApiKeySourceType",
            "BinaryMediaTypes",
            "Body",
            "BodyS3Location",
            "CloneFrom",
            "Description",
            "DisableExecuteApiEndpoint",
            "EndpointAccessMode",
            "EndpointConfiguration",
            "FailOnWarnings",
            "MinimumCompressionSize",
            "Mode",
            "Name",
            "Parameters",
            "Policy",
            "SecurityPolicy",
            "Tags",
            "Version",
        }
    )
    replaced_by = frozenset[str]()
    stored = frozenset({"EndpointAccessMode", "SecurityPolicy"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        body = await _body(deployment, properties)
        if body is not None:
            request = {"body": body, **_import_options(properties)}
            api = await deployment.call(SERVICE, "ImportRestApi", request)
            await deployment.begun(api["id"])
            await _settle(deployment, api["id"], properties, is_imported=True)
        else:
            request = _request(properties)
            if tags_of(deployment, properties):
                request["tags"] = tags_of(deployment, properties)
            api = await deployment.call(SERVICE, "CreateRestApi", request)
        return _made(api)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        body = await _body(deployment, new)
        if body is not None:
            mode = new.get("Mode", "overwrite")
            request = {"restApiId": physical_id, "mode": mode, "body": body, **_import_options(new)}
            await deployment.call(SERVICE, "PutRestApi", request)
            await _settle(deployment, physical_id, new, is_imported=True)
        else:
            await _settle(deployment, physical_id, new, is_imported=False)
        await keep_tags(deployment, f"restapis/{physical_id}", old, new)
        return _made(await deployment.call(SERVICE, "GetRestApi", {"restApiId": physical_id}))

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await gone_is_fine(deployment, "DeleteRestApi", {"restApiId": physical_id})


def _made(api: dict[str, Any]) -> Made:
    return Made(api["id"], {"RestApiId": api["id"], "RootResourceId": api["rootResourceId"]})


async def _body(deployment: Deployment, properties: Properties) -> bytes | None:
    """The definition's text, or None when the template has none."""
    if "Body" in properties:
        return document_text(_titled(properties["Body"], properties.get("Name") or deployment.logical_id)).encode()
    if "BodyS3Location" not in properties:
        return None
    location = properties["BodyS3Location"]
    request = {"Bucket": location["Bucket"], "Key": location["Key"]}
    if "Version" in location:
        request["VersionId"] = location["Version"]
    content = (await deployment.call("s3", "GetObject", request))["Body"]
    return content if isinstance(content, bytes) else b"".join([chunk async for chunk in content])


def _titled(body: Any, name: Any) -> Any:
    """The definition with a title, where it has none.

    AWS: templates need no info.title, with a Name or without (aws-samples/serverless-patterns: apigw-lambda-pinpoint,
    lambda-durable-investigation-escalation).
    """
    if not isinstance(body, dict) or not isinstance(info := body.get("info", {}), dict) or info.get("title"):
        return body
    return {**body, "info": {"version": "1.0", **info, "title": name}}


def _import_options(properties: Properties) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if properties.get("Parameters"):
        options["parameters"] = texts(properties["Parameters"])
    if "FailOnWarnings" in properties:
        options["failOnWarnings"] = is_true(properties["FailOnWarnings"])
    return options


def _request(properties: Properties) -> dict[str, Any]:
    """What CreateRestApi is asked. Raises BadRequestException without a name."""
    if not properties.get("Name"):
        raise BadRequestException("Name must be specified when no Body or BodyS3Location is given")
    request: dict[str, Any] = {"name": properties["Name"]}
    for name, member in _CREATED.items():
        if properties.get(name):
            request[member] = properties[name]
    if "MinimumCompressionSize" in properties:
        request["minimumCompressionSize"] = int(properties["MinimumCompressionSize"])
    if "DisableExecuteApiEndpoint" in properties:
        request["disableExecuteApiEndpoint"] = is_true(properties["DisableExecuteApiEndpoint"])
    if properties.get("BinaryMediaTypes"):
        request["binaryMediaTypes"] = _media_types(properties)
    if "Policy" in properties:
        request["policy"] = document_text(properties["Policy"])
    if properties.get("EndpointConfiguration"):
        request["endpointConfiguration"] = _endpoint(properties["EndpointConfiguration"])
    return request


_CREATED = {
    "Description": "description",
    "ApiKeySourceType": "apiKeySource",
    "CloneFrom": "cloneFrom",
    "SecurityPolicy": "securityPolicy",
    "EndpointAccessMode": "endpointAccessMode",
    "Version": "version",
}


def _media_types(properties: Properties) -> list[str]:
    """AWS: templates may write a media type's slash as a JSON pointer does."""
    return [str(kind).replace("~1", "/") for kind in properties.get("BinaryMediaTypes") or []]


def _endpoint(given: dict[str, Any]) -> dict[str, Any]:
    names = (("Types", "types"), ("VpcEndpointIds", "vpcEndpointIds"), ("IpAddressType", "ipAddressType"))
    return {member: given[name] for name, member in names if given.get(name)}


async def _settle(deployment: Deployment, api_id: str, properties: Properties, *, is_imported: bool) -> None:
    """Make the API's own settings what the template says; of an imported one only those that it names."""
    api = await deployment.call(SERVICE, "GetRestApi", {"restApiId": api_id})
    patches = []
    wanted = {
        "name": properties.get("Name"),
        "description": properties.get("Description"),
        "apiKeySource": properties.get("ApiKeySourceType"),
        "minimumCompressionSize": properties.get("MinimumCompressionSize"),
        "disableExecuteApiEndpoint": properties.get("DisableExecuteApiEndpoint"),
        "policy": document_text(properties["Policy"]) if "Policy" in properties else None,
        "securityPolicy": properties.get("SecurityPolicy"),
        "endpointAccessMode": properties.get("EndpointAccessMode"),
        "version": properties.get("Version"),
    }
    defaults = {"apiKeySource": "HEADER", "disableExecuteApiEndpoint": "false"}
    for member, value in wanted.items():
        if value is not None:
            patches.append({"op": "replace", "path": f"/{member}", "value": text_of(value)})
        elif not is_imported and member != "name" and member in api:
            patches.append({"op": "replace", "path": f"/{member}", "value": defaults.get(member, "")})
    has_types = "BinaryMediaTypes" in properties or not is_imported
    if has_types:
        patches += _media_patches(api.get("binaryMediaTypes", []), _media_types(properties), is_imported=is_imported)
    patches += _endpoint_patches(api["endpointConfiguration"], properties.get("EndpointConfiguration") or {})
    await update(deployment, "UpdateRestApi", {"restApiId": api_id}, patches)
    if is_imported:
        await keep_tags(deployment, f"restapis/{api_id}", None, properties)


def _media_patches(old: list[str], new: list[str], *, is_imported: bool) -> list[dict[str, str]]:
    kept = set(old) if is_imported else set(new)
    changes = map_patches("/binaryMediaTypes", dict.fromkeys(old, ""), dict.fromkeys([*new, *kept], ""), adding="add")
    return [{name: value for name, value in patch.items() if name != "value"} for patch in changes]


def _endpoint_patches(old: dict[str, Any], given: dict[str, Any]) -> list[dict[str, str]]:
    new = _endpoint(given)
    patches = []
    if new.get("types") and new["types"] != old["types"]:
        patches.append(
            {"op": "replace", "path": f"/endpointConfiguration/types/{old['types'][0]}", "value": new["types"][0]}
        )
    if new.get("ipAddressType") and new["ipAddressType"] != old.get("ipAddressType"):
        path = "/endpointConfiguration/ipAddressType"
        patches.append({"op": "replace", "path": path, "value": new["ipAddressType"]})
    if "vpcEndpointIds" in new:
        path = "/endpointConfiguration/vpcEndpointIds"
        patches += list_patches(path, old.get("vpcEndpointIds", []), new["vpcEndpointIds"])
    return patches


@resource("AWS::ApiGateway::Resource")
class ApiResource:
    """A resource of a REST API."""

    properties = frozenset({"ParentId", "PathPart", "RestApiId"})
    replaced_by = frozenset({"ParentId", "PathPart", "RestApiId"})
    stored = frozenset[str]()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request = {"restApiId": properties["RestApiId"], "parentId": properties["ParentId"]}
        made = await deployment.call(SERVICE, "CreateResource", {**request, "pathPart": str(properties["PathPart"])})
        return Made(made["id"], {"ResourceId": made["id"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return Made(physical_id, {"ResourceId": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"restApiId": properties["RestApiId"], "resourceId": physical_id}
        await gone_is_fine(deployment, "DeleteResource", request)


@resource("AWS::ApiGateway::GatewayResponse")
class GatewayResponse:
    """What an API answers by itself in one case."""

    properties = frozenset({"ResponseParameters", "ResponseTemplates", "ResponseType", "RestApiId", "StatusCode"})
    replaced_by = frozenset({"ResponseType", "RestApiId"})
    stored = frozenset[str]()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request: dict[str, Any] = {"restApiId": properties["RestApiId"], "responseType": properties["ResponseType"]}
        if "StatusCode" in properties:
            request["statusCode"] = str(properties["StatusCode"])
        for name, member in (("ResponseParameters", "responseParameters"), ("ResponseTemplates", "responseTemplates")):
            if properties.get(name):
                request[member] = texts(properties[name])
        await deployment.call(SERVICE, "PutGatewayResponse", request)
        physical_id = f"{properties['RestApiId']}|{properties['ResponseType']}"
        return Made(physical_id, {"Id": physical_id})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return await self.create(deployment, new)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"restApiId": properties["RestApiId"], "responseType": properties["ResponseType"]}
        await gone_is_fine(deployment, "DeleteGatewayResponse", request)


@resource("AWS::ApiGateway::DocumentationPart")
class DocumentationPart:
    """What the documentation of an API says of one place."""

    properties = frozenset({"Location", "Properties", "RestApiId"})
    replaced_by = frozenset({"Location", "RestApiId"})
    stored = frozenset[str]()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        location = {name[:1].lower() + name[1:]: str(value) for name, value in properties["Location"].items()}
        request = {"restApiId": properties["RestApiId"], "location": location}
        request["properties"] = document_text(properties["Properties"])
        made = await deployment.call(SERVICE, "CreateDocumentationPart", request)
        return Made(made["id"], {"DocumentationPartId": made["id"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request = {"restApiId": new["RestApiId"], "documentationPartId": physical_id}
        patch = {"op": "replace", "path": "/properties", "value": document_text(new["Properties"])}
        await update(deployment, "UpdateDocumentationPart", request, [patch])
        return Made(physical_id, {"DocumentationPartId": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"restApiId": properties["RestApiId"], "documentationPartId": physical_id}
        await gone_is_fine(deployment, "DeleteDocumentationPart", request)


@resource("AWS::ApiGateway::DocumentationVersion")
class DocumentationVersion:
    """The documentation of an API as it was."""

    properties = frozenset({"Description", "DocumentationVersion", "RestApiId"})
    replaced_by = frozenset({"DocumentationVersion", "RestApiId"})
    stored = frozenset[str]()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = str(properties["DocumentationVersion"])
        request = {"restApiId": properties["RestApiId"], "documentationVersion": name}
        if properties.get("Description"):
            request["description"] = properties["Description"]
        await deployment.call(SERVICE, "CreateDocumentationVersion", request)
        return Made(name, {})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request = {"restApiId": new["RestApiId"], "documentationVersion": physical_id}
        patches = replaced(old, new, ("Description",))
        await update(deployment, "UpdateDocumentationVersion", request, patches)
        return Made(physical_id, {})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"restApiId": properties["RestApiId"], "documentationVersion": physical_id}
        await gone_is_fine(deployment, "DeleteDocumentationVersion", request)
