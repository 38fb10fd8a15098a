"""GetDeployment, BatchGetDeployments and ListDeployments."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.codedeploy.deployments import STATUSES, described
from serein.services.codedeploy.errors import (
    BatchLimitExceededException,
    DeploymentGroupNameRequiredException,
    DeploymentIdRequiredException,
    InvalidDeploymentStatusException,
    InvalidExternalIdException,
    InvalidTimeRangeException,
)
from serein.services.codedeploy.names import require_application_name, require_deployment_id, require_group_name
from serein.services.codedeploy.pages import MOST, parse_position, token_of
from serein.services.codedeploy.store import applications
from serein.services.codedeploy.store import deployments as store

_MOST_IDS = 25
_FOREVER = 1e12


@operation("GetDeployment")
async def get_deployment(call: Call, request: Request) -> Reply:
    id = require_deployment_id(request.get("deploymentId"))
    found = await call.read(lambda tx: store.require_deployment(tx, call.scope, id))
    return {"deploymentInfo": described(found)}


@operation("BatchGetDeployments")
async def batch_get_deployments(call: Call, request: Request) -> Reply:
    """AWS: deployments that aren't there are left out."""
    ids = [require_deployment_id(id) for id in request.get("deploymentIds") or []]
    if not ids:
        raise DeploymentIdRequiredException("Deployment ID is required")
    if len(ids) > _MOST_IDS:
        raise BatchLimitExceededException(f"Maximum number of IDs allowed for this request is {_MOST_IDS}")
    found = await call.read(lambda tx: [store.find_deployment(tx, call.scope, id) for id in ids])
    return {"deploymentsInfo": [described(each) for each in found if each is not None]}


@operation("ListDeployments", partial="There are no external ids.")
async def list_deployments(call: Call, request: Request) -> Reply:
    if request.get("externalId"):
        raise InvalidExternalIdException("Serein's deployments have no external ids")
    statuses = tuple(request.get("includeOnlyStatuses") or ())
    if unknown := [status for status in statuses if status not in STATUSES]:
        raise InvalidDeploymentStatusException(f"Invalid deployment status: {unknown[0]}")
    times = request.get("createTimeRange") or {}
    start, end = times.get("start", 0.0), times.get("end", _FOREVER)
    if start > end:
        raise InvalidTimeRangeException("The start of the time range is after its end")
    application = require_application_name(request) if request.get("applicationName") else None
    group = require_group_name(request) if request.get("deploymentGroupName") else None
    if group is not None and application is None:
        require_application_name(request)
    if application is not None and group is None:
        raise DeploymentGroupNameRequiredException("Deployment Group name is missing")
    offset = parse_position(call, request, int) or 0

    def read(tx: Transaction) -> list[str]:
        if application is not None and group is not None:
            applications.require_group(tx, call.scope, application, group)
        wanted = store.Wanted(call.scope, application, group, statuses, start, end, offset, MOST + 1)
        return store.list_ids(tx, wanted)

    ids = await call.read(read)
    reply: Reply = {"deployments": ids[:MOST]}
    return reply | {"nextToken": token_of(call, offset + MOST)} if len(ids) > MOST else reply
