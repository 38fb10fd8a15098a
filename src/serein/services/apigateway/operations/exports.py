"""GetExport: a stage's API as an OpenAPI document."""

import datetime
import json
from typing import Any

import yaml

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.errors import BadRequestException
from serein.services.apigateway.openapi.exporting import EXTENSIONS, Exported, exported_document
from serein.services.apigateway.parts import require_stage
from serein.services.apigateway.store import apis, stages

_TYPES = ("swagger", "oas30")
_FORMATS = {"application/json": "json", "application/yaml": "yaml"}


@operation("GetExport", partial="the postman extension adds nothing")
@checked
async def get_export(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""
    if request["exportType"] not in _TYPES:
        raise BadRequestException(f"Invalid export type specified. Must be one of: [{', '.join(_TYPES)}]")
    accepted = request.get("accepts") or "application/json"
    if accepted not in _FORMATS:
        raise BadRequestException(f"Invalid accept header specified. Must be one of: [{', '.join(_FORMATS)}]")
    document = exported_document(await call.read(lambda tx: _exported(tx, call, request)))
    if _FORMATS[accepted] == "json":
        body = json.dumps(document, indent=2).encode()
    else:
        body = yaml.safe_dump(document, sort_keys=False).encode()
    time = datetime.datetime.fromtimestamp(call.now, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    name = f"{request['exportType']}_{time}.{_FORMATS[accepted]}"
    return {
        "contentType": "application/octet-stream",
        "contentDisposition": f'attachment; filename="{name}"',
        "body": body,
    }


def _exported(tx: Transaction, call: Call, request: Request) -> Exported:
    api_id = request["restApiId"]
    apis.require_api(tx, call.scope, api_id)
    stage = require_stage(tx, call.scope, request)
    snapshot = stages.find_snapshot(tx, api_id, stage["deploymentId"])
    if snapshot is None:
        raise BadRequestException("Invalid Deployment identifier specified")
    version: dict[str, Any] | None = None
    if stage.get("documentationVersion"):
        version = apis.find_part(tx, api_id, "DocumentationVersion", stage["documentationVersion"])
    extensions = (request.get("parameters") or {}).get("extensions", "")
    asked = frozenset(name.strip() for name in extensions.split(",") if name.strip())
    if not asked <= EXTENSIONS:
        raise BadRequestException(f"Invalid extensions specified: {', '.join(sorted(asked - EXTENSIONS))}")
    host = f"{api_id}.execute-api.{call.scope.region}.amazonaws.com"
    is_3 = request["exportType"] == "oas30"
    return Exported(json.loads(snapshot), stage["stageName"], host, is_3, asked, version)
