"""SDKs: which kinds there are, and the JavaScript client of a stage."""

import json
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.pages import page_of
from serein.services.apigateway.errors import BadRequestException, NotFoundException
from serein.services.apigateway.parts import require_stage
from serein.services.apigateway.sdk.javascript import javascript_sdk
from serein.services.apigateway.store import stages


def _property(name: str, friendly: str, description: str) -> dict[str, Any]:
    return {"name": name, "friendlyName": friendly, "description": description, "required": True}


_TYPES: tuple[dict[str, Any], ...] = (
    {
        "id": "android",
        "friendlyName": "Android",
        "configurationProperties": [
            _property("groupId", "Group ID", "Maven group of the client"),
            _property("artifactId", "Artifact ID", "Maven artifact of the client"),
            _property("artifactVersion", "Artifact version", "Version of the client"),
            _property("invokerPackage", "Invoker package", "Java package of the client"),
        ],
    },
    {
        "id": "java",
        "friendlyName": "Java SDK",
        "configurationProperties": [
            _property("service.name", "Service Name", "Name of the service"),
            _property("java.package-name", "Java Package Name", "Java package of the client"),
        ],
    },
    {"id": "javascript", "friendlyName": "JavaScript", "configurationProperties": []},
    {
        "id": "objectivec",
        "friendlyName": "iOS (Objective-C)",
        "configurationProperties": [_property("classPrefix", "Class prefix", "Prefix of the client's classes")],
    },
    {
        "id": "ruby",
        "friendlyName": "Ruby SDK",
        "configurationProperties": [_property("service.name", "Service Name", "Name of the service")],
    },
    {
        "id": "swift",
        "friendlyName": "iOS (Swift)",
        "configurationProperties": [_property("classPrefix", "Class prefix", "Prefix of the client's classes")],
    },
)


@operation("GetSdkTypes")
@checked
async def get_sdk_types(call: Call, request: Request) -> Reply:
    """Raises BadRequestException for a malformed position."""
    return page_of(list(_TYPES), lambda kind: kind["id"], request)


@operation("GetSdkType")
@checked
async def get_sdk_type(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    for kind in _TYPES:
        if kind["id"] == request["id"]:
            return kind
    raise NotFoundException("Invalid SDK type identifier specified")


@operation("GetSdk", partial="JavaScript only")
@checked
async def get_sdk(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException, NotImplementedHere for languages other than JavaScript."""
    kind = request["sdkType"]
    if not any(known["id"] == kind for known in _TYPES):
        raise BadRequestException(f"Invalid SDK type specified: {kind}")
    if kind != "javascript":
        raise NotImplementedHere(f"Serein does not generate SDKs of type {kind} yet; javascript is there")

    def read(tx: Transaction) -> str:
        stage = require_stage(tx, call.scope, request)
        found = stages.find_snapshot(tx, request["restApiId"], stage["deploymentId"])
        if found is None:
            raise BadRequestException("Invalid Deployment identifier specified")
        return found

    snapshot = json.loads(await call.read(read))
    # Why this address: it is the one that a page reaches, wherever host names of AWS don't lead here.
    url = f"{call.platform.limits.endpoint}/_serein/api/{request['restApiId']}/{request['stageName']}"
    return {
        "contentType": "application/octet-stream",
        "contentDisposition": f'attachment; filename="javascript_{request["restApiId"]}.zip"',
        "body": javascript_sdk(snapshot, url, call.scope.region),
    }
