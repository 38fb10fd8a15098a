"""What an OpenAPI document says of a REST API, in the wire form of its parts."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from serein.services.apigateway.control.documentation import new_part
from serein.services.apigateway.errors import BadRequestException
from serein.services.apigateway.openapi.documents import EXTENSION, VERBS, Document, Node
from serein.services.apigateway.openapi.methods import OfMethod, method_of
from serein.services.apigateway.openapi.schemas import Models
from serein.services.apigateway.openapi.security import authorizers_of


@dataclass(slots=True)
class Definition:
    """An API as a document has it; names stand where the stored parts have ids."""

    api: Node
    models: dict[str, dict[str, str]]
    validators: dict[str, Node]
    authorizers: dict[str, Node]
    gateway_responses: list[Node]
    documentation: list[Node]
    methods: list[OfMethod] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read_definition(document: Document, parameters: dict[str, str], api_id: str) -> Definition:
    """Raises BadRequestException for what can't be understood."""
    try:
        return _definition_of(document, parameters, api_id)
    except (TypeError, AttributeError, KeyError, ValueError, RecursionError):
        raise BadRequestException("Invalid OpenAPI input. A value has another type than OpenAPI's there") from None


def _definition_of(document: Document, parameters: dict[str, str], api_id: str) -> Definition:
    models = Models(document, api_id)
    definition = Definition(
        api=_api_of(document, parameters),
        models=models.found,
        validators={
            str(name): {
                "name": str(name),
                "validateRequestBody": bool(settings.get("validateRequestBody", False)),
                "validateRequestParameters": bool(settings.get("validateRequestParameters", False)),
            }
            for name, settings in (document.extension("request-validators") or {}).items()
        },
        authorizers=authorizers_of(document),
        gateway_responses=[
            _gateway_response(*item) for item in (document.extension("gateway-responses") or {}).items()
        ],
        documentation=[] if parameters.get("ignore") == "documentation" else list(_documentation(document)),
    )
    prefix = _prefix(document, parameters.get("basepath", "ignore"))
    for path, item in (document.root.get("paths") or {}).items():
        if str(path).startswith("x-"):
            continue
        place = (prefix + "/" + str(path).strip("/")).rstrip("/") or "/"
        definition.paths.append(place)
        followed = document.followed(item)
        shared = followed.get("parameters") or []
        for key, verb in VERBS.items():
            if isinstance(followed.get(key), dict):
                made = method_of(document, models, followed[key], shared)
                made.path, made.verb = place, verb
                definition.methods.append(made)
                definition.warnings.extend(made.warnings)
    return definition


def _prefix(document: Document, mode: str) -> str:
    if mode == "ignore":
        return ""
    if mode not in ("prepend", "split"):
        raise BadRequestException(f"Invalid value for parameter basepath: {mode}. Must be ignore, prepend or split")
    path = document.base_path()
    if mode == "split":
        rest = path.strip("/").partition("/")[2]
        return f"/{rest}" if rest else ""
    return path


def _api_of(document: Document, parameters: dict[str, str]) -> Node:
    info = document.root.get("info") or {}
    api: Node = {"name": str(info.get("title") or "")}
    for name in ("description", "version"):
        if info.get(name) is not None and str(info[name]):
            api[name] = str(info[name])
    if document.extension("binary-media-types"):
        api["binaryMediaTypes"] = [str(name) for name in document.extension("binary-media-types")]
    if document.extension("minimum-compression-size") is not None:
        api["minimumCompressionSize"] = int(document.extension("minimum-compression-size"))
    if document.extension("api-key-source"):
        api["apiKeySource"] = str(document.extension("api-key-source")).upper()
    policy = document.extension("policy")
    if policy:
        api["policy"] = policy if isinstance(policy, str) else json.dumps(policy, separators=(",", ":"))
    _add_endpoint(document, parameters, api)
    return api


def _add_endpoint(document: Document, parameters: dict[str, str], api: Node) -> None:
    settings: Node = document.extension("endpoint-configuration") or {}
    for server in document.servers:
        settings = {**(server.get(f"{EXTENSION}endpoint-configuration") or {}), **settings}
    if "disableExecuteApiEndpoint" in settings:
        api["disableExecuteApiEndpoint"] = settings["disableExecuteApiEndpoint"] in (True, "true", "True")
    configuration: Node = {}
    if parameters.get("endpointConfigurationTypes"):
        configuration["types"] = parameters["endpointConfigurationTypes"].split(",")
    elif settings.get("types"):
        configuration["types"] = list(settings["types"])
    if settings.get("ipAddressType"):
        configuration["ipAddressType"] = settings["ipAddressType"]
    endpoints = parameters.get("vpcEndpointIds") or settings.get("vpcEndpointIds")
    if endpoints:
        configuration["vpcEndpointIds"] = endpoints.split(",") if isinstance(endpoints, str) else list(endpoints)
    if configuration:
        api["endpointConfiguration"] = configuration


def _gateway_response(kind: Any, settings: Node) -> Node:
    request: Node = {"responseType": str(kind)}
    if settings.get("statusCode") is not None:
        request["statusCode"] = str(settings["statusCode"])
    for name in ("responseParameters", "responseTemplates"):
        if settings.get(name):
            request[name] = {str(key): str(value) for key, value in settings[name].items()}
    return request


def _documentation(document: Document) -> Iterator[Node]:
    settings = document.extension("documentation") or {}
    for part in settings.get("documentationParts") or []:
        location = {name: str(value) for name, value in part["location"].items()}
        yield new_part(location, json.dumps(part["properties"]))
