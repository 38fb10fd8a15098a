"""Methods as operations of OpenAPI documents."""

import re
from typing import Any, Protocol

from serein.services.apigateway.openapi.documents import EXTENSION, Node

_PLACES = {"querystring": "query", "header": "header", "path": "path"}
_PATH_VARIABLE = re.compile(r"\{([^}+]+)\+?\}")
_INTEGRATION = (
    "uri",
    "httpMethod",
    "credentials",
    "connectionType",
    "connectionId",
    "requestParameters",
    "requestTemplates",
    "contentHandling",
    "timeoutInMillis",
    "cacheNamespace",
    "cacheKeyParameters",
    "tlsConfig",
    "responseTransferMode",
)


class Context(Protocol):
    """What a method needs to know of the document that it becomes part of (`exporting.Exported`)."""

    @property
    def snapshot(self) -> Node: ...
    @property
    def is_3(self) -> bool: ...
    @property
    def schemas_at(self) -> str: ...
    def has(self, extension: str) -> bool: ...


def exported_method(context: Context, path: str, method: Node, schemes: Node) -> Node:
    """The operation of a method; the security schemes that it asks for are added to `schemes`."""
    operation: Node = {}
    if method.get("operationName"):
        operation["operationId"] = method["operationName"]
    models = method.get("requestModels", {})
    parameters = _parameters(context, path, method)
    if context.is_3:
        if models:
            content = {kind: {"schema": _reference(context, name)} for kind, name in models.items()}
            operation["requestBody"] = {"content": content, "required": True}
    else:
        if models:
            operation["consumes"] = sorted(models)
            name = next(iter(models.values()))
            parameters.append({"in": "body", "name": name, "required": True, "schema": _reference(context, name)})
        operation["produces"] = _produced(method)
    if parameters:
        operation["parameters"] = parameters
    operation["responses"] = _responses(context, path, method)
    security = _security(context, method, schemes)
    if security:
        operation["security"] = security
    _add_extensions(context, method, operation)
    return operation


def _reference(context: Context, name: str) -> Node:
    return {"$ref": context.schemas_at + name}


def _produced(method: Node) -> list[str]:
    found = {
        kind for response in method.get("methodResponses", {}).values() for kind in response.get("responseModels", {})
    }
    return sorted(found) or ["application/json"]


def _parameters(context: Context, path: str, method: Node) -> list[Node]:
    """AWS: the variables of the path are parameters, whether the method names them or not."""
    text: Node = {"schema": {"type": "string"}} if context.is_3 else {"type": "string"}
    given = dict(method.get("requestParameters", {}))
    for name in _PATH_VARIABLE.findall(path):
        given.setdefault(f"method.request.path.{name}", True)
    found = []
    for parameter, is_required in given.items():
        place, name = parameter.split(".", 3)[2:]
        if place == "path" and name not in _PATH_VARIABLE.findall(path):
            continue
        entry = {"name": name, "in": _PLACES[place], "required": is_required or place == "path", **text}
        found.append(entry)
    return found


def _responses(context: Context, path: str, method: Node) -> Node:
    responses: Node = {}
    for status, response in method.get("methodResponses", {}).items():
        shown: Node = {"description": f"{status} response"}
        headers = [name.rpartition("method.response.header.")[2] for name in response.get("responseParameters", {})]
        if headers:
            text: Node = {"schema": {"type": "string"}} if context.is_3 else {"type": "string"}
            shown["headers"] = {name: dict(text) for name in headers}
        models = response.get("responseModels", {})
        if models and context.is_3:
            shown["content"] = {kind: {"schema": _reference(context, name)} for kind, name in models.items()}
        elif models:
            shown["schema"] = _reference(context, next(iter(models.values())))
        responses[status] = shown
    # Why: an operation without any response is no valid OpenAPI.
    return responses or {"default": {"description": f"Default response for {method['httpMethod']} {path}"}}


def _security(context: Context, method: Node, schemes: Node) -> list[Node]:
    security: list[Node] = []
    kind = method["authorizationType"]
    if kind == "AWS_IAM":
        schemes["sigv4"] = {"type": "apiKey", "name": "Authorization", "in": "header"}
        if context.has("authorizers"):
            schemes["sigv4"][f"{EXTENSION}authtype"] = "awsSigv4"
        security.append({"sigv4": []})
    authorizers = {found["id"]: found for found in context.snapshot["authorizers"]}
    authorizer = authorizers.get(method.get("authorizerId", ""))
    if authorizer is not None:
        schemes[authorizer["name"]] = _scheme(context, authorizer)
        # Why only there: OpenAPI 2 and 3.0 allow scopes of OAuth schemes alone, and the importer reads them anywhere.
        security.append(
            {authorizer["name"]: method.get("authorizationScopes", []) if context.has("authorizers") else []}
        )
    if method["apiKeyRequired"]:
        schemes["api_key"] = {"type": "apiKey", "name": "x-api-key", "in": "header"}
        security.append({"api_key": []})
    return security


def _scheme(context: Context, authorizer: Node) -> Node:
    source = str(authorizer.get("identitySource", ""))
    header = source.partition("method.request.header.")[2].partition(",")[0] if source.count(",") == 0 else ""
    scheme: Node = {"type": "apiKey", "name": header or "Unused", "in": "header"}
    if not context.has("authorizers"):
        return scheme
    scheme[f"{EXTENSION}authtype"] = authorizer["authType"]
    members = (
        "authorizerUri",
        "authorizerCredentials",
        "authorizerResultTtlInSeconds",
        "identitySource",
        "identityValidationExpression",
        "providerARNs",
        "jwtConfiguration",
    )
    settings = {name: authorizer[name] for name in members if name in authorizer}
    scheme[f"{EXTENSION}authorizer"] = {"type": authorizer["type"].lower(), **settings}
    return scheme


def _add_extensions(context: Context, method: Node, operation: Node) -> None:
    validators = {found["id"]: found.get("name", found["id"]) for found in context.snapshot["requestValidators"]}
    if context.has("apigateway") and method.get("requestValidatorId") in validators:
        operation[f"{EXTENSION}request-validator"] = validators[method["requestValidatorId"]]
    integration = method.get("methodIntegration")
    if integration and context.has("integrations"):
        operation[f"{EXTENSION}integration"] = _integration(integration)


def _integration(integration: Node) -> Node:
    shown: Node = {"type": integration["type"].lower()}
    shown["passthroughBehavior"] = integration["passthroughBehavior"].lower()
    for name in _INTEGRATION:
        if integration.get(name) not in (None, "", [], {}):
            shown[name] = _unnulled(integration[name])
    responses: dict[str, Any] = {}
    for status, response in integration.get("integrationResponses", {}).items():
        entry: Node = {"statusCode": status}
        for name in ("responseParameters", "responseTemplates", "contentHandling"):
            if response.get(name):
                entry[name] = _unnulled(response[name])
        responses[response.get("selectionPattern") or "default"] = entry
    if responses:
        shown["responses"] = responses
    return shown


def _unnulled(value: Any) -> Any:
    """Maps of texts have no nulls in a document: an empty template is an empty text there."""
    return {name: text or "" for name, text in value.items()} if isinstance(value, dict) else value
