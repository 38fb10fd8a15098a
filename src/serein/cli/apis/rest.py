"""REST APIs, found by their control plane."""

from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from serein.cli.apis.shown import ShownApi, ShownRoute, function_of


def find_apis(session: Any, address: str) -> list[ShownApi]:
    """The REST APIs of the account and region."""
    client = session.client("apigateway", endpoint_url=address)
    domains = _domains(client)
    pages = client.get_paginator("get_rest_apis").paginate()
    return [_shown(client, address, api, domains) for page in pages for api in page["items"]]


def _shown(client: Any, address: str, api: dict[str, Any], domains: dict[str, list[tuple[str, str]]]) -> ShownApi:
    api_id = api["id"]
    shown = ShownApi(api_id, api["name"], "REST")
    parts = urlsplit(address)
    port = f":{parts.port}" if parts.port else ""
    for stage in client.get_stages(restApiId=api_id)["item"]:
        shown.stages.append(stage["stageName"])
        shown.urls.append(f"{parts.scheme}://{api_id}.execute-api.localhost{port}/{stage['stageName']}")
    shown.urls += [f"https://{domain}/{path}" for domain, path in domains.get(api_id, [])]
    authorizers = {each["id"]: each for each in client.get_authorizers(restApiId=api_id)["items"]}
    for page in client.get_paginator("get_resources").paginate(restApiId=api_id, embed=["methods"]):
        for resource in page["items"]:
            for verb, method in resource.get("resourceMethods", {}).items():
                backend = _backend(method.get("methodIntegration"))
                shown.routes.append(ShownRoute(verb, resource["path"], _authorizer(method, authorizers), backend))
    return shown


def _domains(client: Any) -> dict[str, list[tuple[str, str]]]:
    """Domain name and base path of each mapping, by the API that it leads to."""
    found: dict[str, list[tuple[str, str]]] = {}
    for page in client.get_paginator("get_domain_names").paginate():
        for domain in page["items"]:
            name = domain["domainName"]
            try:
                mappings = client.get_base_path_mappings(domainName=name).get("items", [])
            except ClientError:
                # A mapping with several segments can't be shown by this API; the other one shows it.
                mappings = []
            for mapping in mappings:
                path = mapping.get("basePath", "(none)")
                found.setdefault(mapping["restApiId"], []).append((name, "" if path == "(none)" else path))
    return found


def _authorizer(method: dict[str, Any], authorizers: dict[str, dict[str, Any]]) -> str:
    kind = method.get("authorizationType", "NONE")
    said = {"NONE": "", "AWS_IAM": "IAM"}.get(kind)
    if said is None:
        authorizer = authorizers.get(method.get("authorizerId", ""), {})
        what = function_of(authorizer["authorizerUri"]) if authorizer.get("authorizerUri") else kind
        said = f"{authorizer.get('name', kind)} ({what})"
    return ", ".join(filter(None, (said, "API key" if method.get("apiKeyRequired") else "")))


def _backend(integration: dict[str, Any] | None) -> str:
    if integration is None:
        return "no integration"
    uri = integration.get("uri", "")
    return function_of(uri) if uri else str(integration["type"]).lower()
