"""ExportApi: an HTTP API, or what one of its stages serves, as an OpenAPI 3 definition."""

import json
from datetime import UTC, datetime
from typing import Any

import yaml

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.apis import api_endpoint
from serein.services.apigatewayv2.errors import BadRequestException
from serein.services.apigatewayv2.exports import exported_api


@operation("ExportApi")
async def export_api(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException for a WebSocket API, and for a form that isn't offered."""
    if request["Specification"] != "OAS30":
        raise BadRequestException("Invalid specification: must be OAS30")
    if request["OutputType"] not in ("JSON", "YAML"):
        raise BadRequestException("Invalid output type: must be JSON or YAML")
    if request.get("ExportVersion", "1.0") != "1.0":
        raise BadRequestException("Invalid export version: must be 1.0")
    stage = request.get("StageName", "")

    def read(tx: Transaction) -> tuple[dict[str, Any], dict[str, Any]]:
        api = store.require_api(tx, call.scope, request["ApiId"])
        if api["ProtocolType"] != "HTTP":
            raise BadRequestException("Export is supported only for HTTP APIs")
        return api, _deployed(tx, api, stage) if stage else _current(tx, api)

    api, parts = await call.read(read)
    document = exported_api(
        {**api, "CorsConfiguration": parts["Cors"]},
        parts["Routes"],
        parts["Integrations"],
        parts["Authorizers"],
        endpoint=api_endpoint(api["ApiId"], call.platform.limits.endpoint),
        stage=stage,
        version=datetime.fromtimestamp(api["CreatedDate"], UTC).strftime("%Y-%m-%d %H:%M:%SZ"),
        has_extensions=request.get("IncludeExtensions", True),
    )
    if request["OutputType"] == "YAML":
        return {"body": yaml.safe_dump(document, sort_keys=False, allow_unicode=True).encode()}
    return {"body": json.dumps(document, indent=2).encode()}


def _current(tx: Transaction, api: dict[str, Any]) -> dict[str, Any]:
    api_id = api["ApiId"]
    return {
        "Cors": api.get("CorsConfiguration"),
        "Routes": store.list_parts(tx, api_id, "Route"),
        "Integrations": {part["IntegrationId"]: part for part in store.list_parts(tx, api_id, "Integration")},
        "Authorizers": {part["AuthorizerId"]: part for part in store.list_parts(tx, api_id, "Authorizer")},
    }


def _deployed(tx: Transaction, api: dict[str, Any], stage_name: str) -> dict[str, Any]:
    stage = store.require_stage(tx, api["ApiId"], stage_name)
    text = store.find_snapshot(tx, api["ApiId"], stage.deployment_id) if stage.deployment_id else None
    if text is None:
        raise BadRequestException(f"Stage {stage_name} has no deployment")
    snapshot = json.loads(text)
    for route in snapshot["Routes"]:
        if route.get("Integration"):
            route["Target"] = f"integrations/{route['Integration']}"
    return {"Authorizers": {}, **snapshot}
