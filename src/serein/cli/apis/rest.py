"""REST APIs, found by their control plane."""

from typing import Any
from urllib.parse import urlsplit

from serein.cli.apis.shown import ShownApi, ShownRoute, function_of

_SERVICE = "arn:aws:apigateway:"


def find_apis(session: Any, address: str) -> list[ShownApi]:
    """The REST APIs of the account and region."""
    client = session.client("apigateway", endpoint_url=address)
    pages = client.get_paginator("get_rest_apis").paginate()
    return [_shown(client, api, address) for page in pages for api in page["items"]]


def require_api(session: Any, address: str, api_id: str) -> ShownApi:
    """One of them. Raises botocore's ClientError when it is not there."""
    client = session.client("apigateway", endpoint_url=address)
    return _shown(client, client.get_rest_api(restApiId=api_id), address)


def _shown(client: Any, api: dict[str, Any], address: str) -> ShownApi:
    api_id, parts = api["id"], urlsplit(address)
    shown = ShownApi(api_id, api["name"], "REST")
    for stage in client.get_stages(restApiId=api_id)["item"]:
        shown.stages.append(stage["stageName"])
        port = f":{parts.port}" if parts.port else ""
        shown.urls.append(f"{parts.scheme}://{api_id}.execute-api.localhost{port}/{stage['stageName']}")
    authorizers = {each["id"]: each for each in client.get_authorizers(restApiId=api_id, limit=500)["items"]}
    for page in client.get_paginator("get_resources").paginate(restApiId=api_id, embed=["methods"]):
        for resource in page["items"]:
            for verb, method in resource.get("resourceMethods", {}).items():
                authorizer = _authorizer(method, authorizers)
                shown.routes.append(ShownRoute(verb, resource["path"], authorizer, _backend(method)))
    return shown


def _authorizer(method: dict[str, Any], authorizers: dict[str, dict[str, Any]]) -> str:
    kind = method.get("authorizationType", "NONE")
    if kind == "AWS_IAM":
        who = "IAM"
    elif kind == "NONE":
        who = ""
    else:
        authorizer = authorizers.get(method.get("authorizerId", ""), {})
        what = function_of(authorizer.get("authorizerUri", "")) or kind
        who = f"{authorizer.get('name', kind)} ({what})"
    if not method.get("apiKeyRequired"):
        return who
    return f"{who}, API key" if who else "API key"


def _backend(method: dict[str, Any]) -> str:
    integration = method.get("methodIntegration")
    if integration is None:
        return "no integration"
    uri = integration.get("uri", "")
    if uri.startswith(_SERVICE) and ":function:" not in uri:
        # arn:aws:apigateway:us-east-1:dynamodb:action/PutItem
        return " ".join(uri.split(":", 5)[4:])
    return function_of(uri) if uri else str(integration["type"]).lower()
