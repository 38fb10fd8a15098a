"""Operations on deployment groups: create, get (one or many), list, update, delete."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.services.codedeploy.creating import require_config
from serein.services.codedeploy.errors import (
    BatchLimitExceededException,
    DeploymentGroupAlreadyExistsException,
    DeploymentGroupNameRequiredException,
)
from serein.services.codedeploy.groups import described, parse_group, parse_tags
from serein.services.codedeploy.names import require_application_name, require_group_name
from serein.services.codedeploy.pages import MOST, parse_position, token_of
from serein.services.codedeploy.store import applications as store
from serein.services.codedeploy.store import deployments

_MOST_NAMES = 100
_NO_INSTANCES = "There are no instances, and so no triggers for them."


@operation("CreateDeploymentGroup", partial=f"Only for the Lambda compute platform. {_NO_INSTANCES}")
async def create_deployment_group(call: Call, request: Request) -> Reply:
    application, name = require_application_name(request), require_group_name(request)
    definition, tags, id = parse_group(request), parse_tags(request.get("tags")), new_uuid()

    def write(tx: Transaction) -> None:
        store.require_application(tx, call.scope, application)
        _require_free(tx, call, application, name)
        require_config(tx, call.scope, definition["deploymentConfigName"])
        store.put_group(tx, call.scope, store.Group(application, name, id, definition, tags))

    await call.write(write)
    return {"deploymentGroupId": id}


@operation("GetDeploymentGroup")
async def get_deployment_group(call: Call, request: Request) -> Reply:
    application, name = require_application_name(request), require_group_name(request)
    return {"deploymentGroupInfo": await call.read(lambda tx: _described(tx, call, application, name))}


@operation("BatchGetDeploymentGroups")
async def batch_get_deployment_groups(call: Call, request: Request) -> Reply:
    application = require_application_name(request)
    names = request.get("deploymentGroupNames") or []
    if not names:
        raise DeploymentGroupNameRequiredException("Deployment Group name is missing")
    if len(names) > _MOST_NAMES:
        raise BatchLimitExceededException(f"Maximum number of names allowed for this request is {_MOST_NAMES}")

    def read(tx: Transaction) -> list[dict[str, Any]]:
        store.require_application(tx, call.scope, application)
        known = [name for name in names if store.find_group(tx, call.scope, application, name) is not None]
        return [_described(tx, call, application, name) for name in known]

    found = await call.read(read)
    missing = sorted(set(names) - {each["deploymentGroupName"] for each in found})
    reply: Reply = {"deploymentGroupsInfo": found}
    if missing:
        reply["errorMessage"] = f"No Deployment Group found for names: {', '.join(missing)}"
    return reply


@operation("ListDeploymentGroups")
async def list_deployment_groups(call: Call, request: Request) -> Reply:
    application = require_application_name(request)
    after = parse_position(call, request, str) or ""

    def read(tx: Transaction) -> list[str]:
        store.require_application(tx, call.scope, application)
        return store.list_groups(tx, call.scope, application, after, MOST + 1)

    names = await call.read(read)
    reply: Reply = {"applicationName": application, "deploymentGroups": names[:MOST]}
    return reply | {"nextToken": token_of(call, names[MOST - 1])} if len(names) > MOST else reply


@operation("UpdateDeploymentGroup", partial=_NO_INSTANCES)
async def update_deployment_group(call: Call, request: Request) -> Reply:
    application = require_application_name(request)
    name = require_group_name(request, "currentDeploymentGroupName")
    after = require_group_name(request, "newDeploymentGroupName") if request.get("newDeploymentGroupName") else name

    def write(tx: Transaction) -> None:
        group = store.require_group(tx, call.scope, application, name)
        definition = parse_group(request, group.definition)
        require_config(tx, call.scope, definition["deploymentConfigName"])
        if after != name:
            _require_free(tx, call, application, after)
            store.delete_group(tx, call.scope, application, name)
            deployments.rename(tx, call.scope, application, after, name)
        store.put_group(tx, call.scope, group._replace(name=after, definition=definition))

    await call.write(write)
    return {"hooksNotCleanedUp": []}


@operation("DeleteDeploymentGroup")
async def delete_deployment_group(call: Call, request: Request) -> Reply:
    """AWS: deleting what isn't there is no error."""
    application, name = require_application_name(request), require_group_name(request)
    await call.write(lambda tx: store.delete_group(tx, call.scope, application, name))
    return {"hooksNotCleanedUp": []}


def _require_free(tx: Transaction, call: Call, application: str, name: str) -> None:
    if store.find_group(tx, call.scope, application, name) is not None:
        raise DeploymentGroupAlreadyExistsException(f"Deployment group name already exists: {name}")


def _described(tx: Transaction, call: Call, application: str, name: str) -> dict[str, Any]:
    group = store.require_group(tx, call.scope, application, name)
    last = deployments.find_last(tx, call.scope, application, name)
    return described(group, last, deployments.find_last(tx, call.scope, application, name, is_successful=True))
