"""Deployments compiled for the data plane: the resource tree, and for each method all that its requests need."""

import json
from dataclasses import dataclass
from typing import Any

from serein.kernel.policies import Policy
from serein.kernel.scope import Scope
from serein.services.apigateway.serving.access import compile_resource_policy
from serein.services.apigateway.serving.authorizers import Authorizer, compile_authorizer
from serein.services.apigateway.serving.binary import BinaryTypes
from serein.services.apigateway.serving.gateway_responses import GatewayResponses, compile_gateway_responses
from serein.services.apigateway.serving.integrations import Traits
from serein.services.apigateway.serving.methods import Method
from serein.services.apigateway.serving.routing import ResourceTree
from serein.services.apigateway.serving.validation import Models, RequestValidator


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment, ready."""

    tree: ResourceTree[Method]
    policy: Policy | None
    gateway_responses: GatewayResponses
    has_key_in_header: bool
    """Whether API keys come in the header; else authorizers name them."""
    smallest_compressed: int
    """Bytes from which on replies are compressed; negative when none are."""
    authorizers: dict[str, Authorizer]
    methods: dict[tuple[str, str], Method]
    """By resource id and verb."""


def compile_snapshot(snapshot: str | dict[str, Any], scope: Scope) -> Deployment:
    """Compile a deployment's snapshot, or its text."""
    document: dict[str, Any] = json.loads(snapshot) if isinstance(snapshot, str) else snapshot
    api: dict[str, Any] = document["restApi"]
    api_id: str = api["id"]
    traits = Traits(api_id, BinaryTypes(api.get("binaryMediaTypes") or []))
    models = Models(api_id, document.get("models") or [])
    validators = {each["id"]: each for each in document.get("requestValidators") or ()}
    authorizers = {each["id"]: compile_authorizer(each, api_id) for each in document.get("authorizers") or ()}
    tree: ResourceTree[Method] = ResourceTree()
    methods: dict[tuple[str, str], Method] = {}
    for resource in document["resources"]:
        for verb, settings in (resource.get("resourceMethods") or {}).items():
            validator = validators.get(settings.get("requestValidatorId") or "")
            method = methods[resource["id"], verb] = Method(
                resource,
                verb,
                settings,
                traits,
                authorizer=authorizers.get(settings.get("authorizerId") or ""),
                validator=RequestValidator(settings, validator, models) if validator else None,
            )
            tree.add(resource["path"], verb, method)
    size = api.get("minimumCompressionSize")
    return Deployment(
        tree,
        compile_resource_policy(api.get("policy") or "", scope, api_id),
        compile_gateway_responses(document.get("gatewayResponses") or []),
        (api.get("apiKeySource") or "HEADER") == "HEADER",
        -1 if size is None else int(size),
        authorizers,
        methods,
    )
