"""A deployed stage as an OpenAPI 2 or 3 document, with API Gateway's extensions as far as they are asked for."""

import datetime
import json
import re
from dataclasses import dataclass
from typing import Any

from serein.services.apigateway.openapi.documents import ANY, EXTENSION, Node
from serein.services.apigateway.openapi.exported_methods import exported_method

_MODEL_URL = re.compile(r"https://apigateway\.amazonaws\.com/restapis/[^/]+/models/")
EXTENSIONS = frozenset({"integrations", "authorizers", "apigateway", "postman", "documentation"})


@dataclass(frozen=True, slots=True)
class Exported:
    """What is exported: a deployment's snapshot as a stage serves it, in which form and with what."""

    snapshot: Node
    stage_name: str
    host: str
    is_3: bool
    extensions: frozenset[str]
    documentation: Node | None
    """The stage's documentation version with its parts, when it has one."""

    def has(self, extension: str) -> bool:
        return extension in self.extensions or "apigateway" in self.extensions

    @property
    def schemas_at(self) -> str:
        return "#/components/schemas/" if self.is_3 else "#/definitions/"


def exported_document(exported: Exported) -> Node:
    """The document."""
    api = exported.snapshot["restApi"]
    created = datetime.datetime.fromtimestamp(api["createdDate"], datetime.UTC)
    info: Node = {"title": api["name"], "version": api.get("version") or created.strftime("%Y-%m-%dT%H:%M:%SZ")}
    if api.get("description"):
        info["description"] = api["description"]
    document: Node = {"openapi": "3.0.1"} if exported.is_3 else {"swagger": "2.0"}
    document["info"] = info
    if exported.is_3:
        url = f"https://{exported.host}/{{basePath}}"
        document["servers"] = [{"url": url, "variables": {"basePath": {"default": exported.stage_name}}}]
    else:
        document |= {"host": exported.host, "basePath": f"/{exported.stage_name}", "schemes": ["https"]}
    schemes: Node = {}
    document["paths"] = _paths(exported, schemes)
    schemas = {model["name"]: _schema(model, exported) for model in exported.snapshot["models"] if _is_json(model)}
    if exported.is_3:
        parts = {"schemas": schemas, "securitySchemes": schemes}
        document["components"] = {name: part for name, part in parts.items() if part}
    else:
        document |= {name: part for name, part in (("securityDefinitions", schemes), ("definitions", schemas)) if part}
    if "apigateway" in exported.extensions:
        _add_extensions(document, exported)
    if exported.documentation is not None and exported.has("documentation"):
        document[f"{EXTENSION}documentation"] = _documentation(exported.documentation)
    return document


def _is_json(model: Node) -> bool:
    return "json" in model["contentType"]


def _schema(model: Node, exported: Exported) -> Any:
    """A model's schema, whose references are the document's own."""
    text = _MODEL_URL.sub(exported.schemas_at, model["schema"])
    schema = json.loads(text)
    if isinstance(schema, dict):
        schema.pop("$schema", None)
        schema.pop("id", None)
    return schema


def _paths(exported: Exported, schemes: Node) -> Node:
    paths: Node = {}
    for resource in sorted(exported.snapshot["resources"], key=lambda resource: str(resource["path"])):
        methods = resource.get("resourceMethods", {})
        if methods:
            paths[resource["path"]] = {
                ANY if verb == "ANY" else verb.lower(): exported_method(exported, resource["path"], method, schemes)
                for verb, method in sorted(methods.items())
            }
    return paths


def _add_extensions(document: Node, exported: Exported) -> None:
    snapshot = exported.snapshot
    api = snapshot["restApi"]
    if api.get("apiKeySource", "HEADER") != "HEADER":
        document[f"{EXTENSION}api-key-source"] = api["apiKeySource"]
    if api.get("policy"):
        document[f"{EXTENSION}policy"] = json.loads(api["policy"])
    if api.get("binaryMediaTypes"):
        document[f"{EXTENSION}binary-media-types"] = api["binaryMediaTypes"]
    if api.get("minimumCompressionSize") is not None:
        document[f"{EXTENSION}minimum-compression-size"] = api["minimumCompressionSize"]
    if snapshot["requestValidators"]:
        document[f"{EXTENSION}request-validators"] = {
            validator.get("name", validator["id"]): {
                "validateRequestBody": validator["validateRequestBody"],
                "validateRequestParameters": validator["validateRequestParameters"],
            }
            for validator in snapshot["requestValidators"]
        }
    responses = {}
    for response in snapshot["gatewayResponses"]:
        shown = {name: response[name] for name in ("responseParameters", "responseTemplates") if response.get(name)}
        if response.get("statusCode"):
            shown["statusCode"] = int(response["statusCode"])
        responses[response["responseType"]] = shown
    if responses:
        document[f"{EXTENSION}gateway-responses"] = responses


def _documentation(version: Node) -> Node:
    created = datetime.datetime.fromtimestamp(version["createdDate"], datetime.UTC)
    return {
        "version": version["version"],
        "createdDate": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "documentationParts": [
            {"location": part["location"], "properties": json.loads(part["properties"])} for part in version["parts"]
        ],
    }
