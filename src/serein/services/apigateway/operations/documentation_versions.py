"""Documentation versions: what an API's documentation was at some time."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.pages import page_of
from serein.services.apigateway.control.patches import parse_patches, require_listed
from serein.services.apigateway.errors import BadRequestException, ConflictException
from serein.services.apigateway.parts import delete_part, require_part, require_stage
from serein.services.apigateway.store import apis, stages

_KIND = "DocumentationVersion"
_PATCHED = {"replace": ("/description",)}


@operation("CreateDocumentationVersion")
@checked
async def create_documentation_version(call: Call, request: Request) -> Reply:
    """Keep the documentation parts as they are; a stage that is named shows them. Raises NotFound-, Conflict-."""

    def write(tx: Transaction) -> Reply:
        api_id, name = request["restApiId"], request["documentationVersion"]
        apis.require_api(tx, call.scope, api_id)
        if not name:
            raise BadRequestException("Documentation version must be non-empty")
        if apis.find_part(tx, api_id, _KIND, name) is not None:
            raise ConflictException("Documentation version already exists")
        version: dict[str, Any] = {"version": name, "createdDate": tx.now}
        if request.get("description"):
            version["description"] = request["description"]
        parts = apis.list_parts(tx, api_id, "DocumentationPart")
        apis.put_part(tx, api_id, _KIND, name, {**version, "parts": parts})
        if request.get("stageName"):
            stage = require_stage(tx, call.scope, request)
            stages.put_stage(tx, api_id, {**stage, "documentationVersion": name})
        return version

    return await call.write(write)


def _shown(version: dict[str, Any]) -> Reply:
    return {name: value for name, value in version.items() if name != "parts"}


@operation("GetDocumentationVersion")
@checked
async def get_documentation_version(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    api_id, name = request["restApiId"], request["documentationVersion"]
    return _shown(await call.read(lambda tx: require_part(tx, call.scope, api_id, _KIND, name)))


@operation("GetDocumentationVersions")
@checked
async def get_documentation_versions(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> Reply:
        apis.require_api(tx, call.scope, request["restApiId"])
        found = apis.list_parts(tx, request["restApiId"], _KIND)
        return page_of([_shown(version) for version in found], lambda version: version["version"], request)

    return await call.read(read)


@operation("UpdateDocumentationVersion")
@checked
async def update_documentation_version(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""

    def write(tx: Transaction) -> Reply:
        api_id, name = request["restApiId"], request["documentationVersion"]
        version = require_part(tx, call.scope, api_id, _KIND, name)
        for patch in parse_patches(request):
            require_listed(patch, _PATCHED)
            version["description"] = patch.text
        apis.put_part(tx, api_id, _KIND, name, version)
        return _shown(version)

    return await call.write(write)


@operation("DeleteDocumentationVersion")
@checked
async def delete_documentation_version(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    api_id, name = request["restApiId"], request["documentationVersion"]
    await call.write(lambda tx: delete_part(tx, call.scope, api_id, _KIND, name))
    return {}
