"""CreateApplication, GetApplication, BatchGetApplications, ListApplications, UpdateApplication, DeleteApplication."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.services.codedeploy.configurations import require_lambda
from serein.services.codedeploy.errors import (
    ApplicationAlreadyExistsException,
    ApplicationNameRequiredException,
    BatchLimitExceededException,
)
from serein.services.codedeploy.groups import parse_tags
from serein.services.codedeploy.names import require_application_name
from serein.services.codedeploy.pages import MOST, parse_position, token_of
from serein.services.codedeploy.store import applications as store
from serein.services.codedeploy.store import deployments

_MOST_NAMES = 100


@operation("CreateApplication", partial="Only for the Lambda compute platform.")
async def create_application(call: Call, request: Request) -> Reply:
    name = require_application_name(request)
    require_lambda(request.get("computePlatform"), "an application")
    tags, id = parse_tags(request.get("tags")), new_uuid()

    def write(tx: Transaction) -> None:
        _require_free(tx, call, name)
        store.put_application(tx, call.scope, store.Application(name, id, tx.now, tags))

    await call.write(write)
    return {"applicationId": id}


@operation("GetApplication")
async def get_application(call: Call, request: Request) -> Reply:
    name = require_application_name(request)
    return {"application": _described(await call.read(lambda tx: store.require_application(tx, call.scope, name)))}


@operation("BatchGetApplications")
async def batch_get_applications(call: Call, request: Request) -> Reply:
    names = request.get("applicationNames") or []
    if not names:
        raise ApplicationNameRequiredException("Application name is required")
    if len(names) > _MOST_NAMES:
        raise BatchLimitExceededException(f"Maximum number of names allowed for this request is {_MOST_NAMES}")
    checked = [require_application_name({"applicationName": name}) for name in names]
    found = await call.read(lambda tx: [store.require_application(tx, call.scope, name) for name in checked])
    return {"applicationsInfo": [_described(application) for application in found]}


@operation("ListApplications")
async def list_applications(call: Call, request: Request) -> Reply:
    after = parse_position(call, request, str) or ""
    names = await call.read(lambda tx: store.list_applications(tx, call.scope, after, MOST + 1))
    reply: Reply = {"applications": names[:MOST]}
    return reply | {"nextToken": token_of(call, names[MOST - 1])} if len(names) > MOST else reply


@operation("UpdateApplication")
async def update_application(call: Call, request: Request) -> Reply:
    name = require_application_name(request)
    if not request.get("newApplicationName"):
        await call.read(lambda tx: store.require_application(tx, call.scope, name))
        return {}
    after = require_application_name(request, "newApplicationName")

    def write(tx: Transaction) -> None:
        store.require_application(tx, call.scope, name)
        _require_free(tx, call, after)
        store.rename_application(tx, call.scope, name, after)
        deployments.rename(tx, call.scope, name, after)

    await call.write(write)
    return {}


@operation("DeleteApplication")
async def delete_application(call: Call, request: Request) -> Reply:
    """AWS: deleting what isn't there is no error."""
    name = require_application_name(request)
    await call.write(lambda tx: store.delete_application(tx, call.scope, name))
    return {}


def _require_free(tx: Transaction, call: Call, name: str) -> None:
    if store.find_application(tx, call.scope, name) is not None:
        raise ApplicationAlreadyExistsException(f"Application already exists: {name}")


def _described(application: store.Application) -> dict[str, Any]:
    return {
        "applicationId": application.id,
        "applicationName": application.name,
        "createTime": application.created_at,
        "linkedToGitHub": False,
        "computePlatform": "Lambda",
    }
