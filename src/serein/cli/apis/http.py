"""HTTP and WebSocket APIs, found by their control plane."""

from typing import Any

from serein.cli.apis.shown import ShownApi, ShownRoute, function_of

_KINDS = {"HTTP": "HTTP", "WEBSOCKET": "WebSocket"}


def find_apis(session: Any, address: str) -> list[ShownApi]:
    """The HTTP and WebSocket APIs of the account and region."""
    client = session.client("apigatewayv2", endpoint_url=address)
    domains = _domains(client)
    pages = client.get_paginator("get_apis").paginate()
    return [_shown(client, api, domains) for page in pages for api in page["Items"]]


def require_api(session: Any, address: str, api_id: str) -> ShownApi:
    """One of them. Raises botocore's ClientError when it is not there."""
    client = session.client("apigatewayv2", endpoint_url=address)
    return _shown(client, client.get_api(ApiId=api_id), _domains(client))


def _shown(client: Any, api: dict[str, Any], domains: dict[str, list[tuple[str, str]]]) -> ShownApi:
    api_id = api["ApiId"]
    shown = ShownApi(api_id, api["Name"], _KINDS.get(api["ProtocolType"], api["ProtocolType"]))
    for stage in _items(client, "get_stages", api_id):
        name = stage["StageName"]
        shown.stages.append(name)
        shown.urls.append(api["ApiEndpoint"] if name == "$default" else f"{api['ApiEndpoint']}/{name}")
    shown.urls += [f"https://{domain}/{key}" for domain, key in domains.get(api_id, [])]
    integrations = {each["IntegrationId"]: each for each in _items(client, "get_integrations", api_id)}
    authorizers = {each["AuthorizerId"]: each for each in _items(client, "get_authorizers", api_id)}
    for route in _items(client, "get_routes", api_id):
        method, _, path = route["RouteKey"].rpartition(" ")
        integration = integrations.get(route.get("Target", "").partition("/")[2])
        shown.routes.append(ShownRoute(method, path, _authorizer(route, authorizers), _backend(integration)))
    return shown


def _items(client: Any, operation: str, api_id: str) -> list[dict[str, Any]]:
    return [item for page in client.get_paginator(operation).paginate(ApiId=api_id) for item in page["Items"]]


def _domains(client: Any) -> dict[str, list[tuple[str, str]]]:
    """Domain name and key of each mapping, by the API that it leads to."""
    found: dict[str, list[tuple[str, str]]] = {}
    for page in client.get_paginator("get_domain_names").paginate():
        for domain in page["Items"]:
            name = domain["DomainName"]
            for mapping in client.get_api_mappings(DomainName=name)["Items"]:
                found.setdefault(mapping["ApiId"], []).append((name, mapping.get("ApiMappingKey", "")))
    return found


def _authorizer(route: dict[str, Any], authorizers: dict[str, dict[str, Any]]) -> str:
    kind = route.get("AuthorizationType", "NONE")
    if kind == "NONE":
        return ""
    if kind == "AWS_IAM":
        return "IAM"
    authorizer = authorizers.get(route.get("AuthorizerId", ""), {})
    scopes = " ".join(route.get("AuthorizationScopes", []))
    name = authorizer.get("Name", kind)
    what = "JWT" if kind == "JWT" else function_of(authorizer.get("AuthorizerUri", ""))
    return f"{name} ({what}{': ' if scopes else ''}{scopes})"


def _backend(integration: dict[str, Any] | None) -> str:
    if integration is None:
        return "no integration"
    if integration.get("IntegrationSubtype"):
        return str(integration["IntegrationSubtype"])
    uri = integration.get("IntegrationUri", "")
    return function_of(uri) if uri else str(integration["IntegrationType"]).lower()
