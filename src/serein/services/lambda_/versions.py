"""Publishing versions, and the checks that protect a function's revision."""

import json

from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request
from serein.services.lambda_.configuration import Configuration, configuration_reply, touch
from serein.services.lambda_.errors import PreconditionFailedException, ResourceConflictException
from serein.services.lambda_.names import FunctionReference, function_arn
from serein.services.lambda_.states import begin_creation, record_at
from serein.services.lambda_.store import functions as store

_NOT_COMPARED = frozenset(
    {
        "Version",
        "RevisionId",
        "LastModified",
        "FunctionArn",
        "Description",
        "State",
        "SnapStart",
        "_change",
        "_beside",
    }
)


def check_revision(request: Request, configuration: Configuration, now: float) -> None:
    """Raise PreconditionFailedException when the request is for another revision of a function."""
    require_revision(request, str(record_at(configuration, now)["RevisionId"]))


def require_revision(request: Request, revision: str, operation: str = "GetFunction/GetAlias") -> None:
    """Raise PreconditionFailedException when the request names another revision.

    `operation` is the one that tells the latest.
    """
    expected = request.get("RevisionId")
    if expected and expected != revision:
        raise PreconditionFailedException(
            "The Revision Id provided does not match the latest Revision Id. "
            f"Call the {operation} API to retrieve the latest Revision Id",
            Type="User",
        )


def publish(
    tx: Transaction,
    row: store.FunctionRow,
    latest: Configuration,
    description: str | None,
    *,
    is_gradual: bool,
    is_new: bool = False,
) -> Reply:
    """Publish $LATEST as a version and return its configuration.

    AWS: nothing is published when code and configuration are those of the newest version, which is returned instead
    (API reference, PublishVersion). `is_new`: the function was created or changed by the same request, so that the
    version begins as Pending; else only one that needs a snapshot does.
    """
    newest = store.find_version(tx, row.scope, row.name, row.next_version - 1)
    if newest is not None:
        published: Configuration = json.loads(newest)
        if _essence(published) == _essence(latest):
            return configuration_reply(published, _reference(row, published["Version"]), tx.now)
    number = str(row.next_version)
    published = latest | {"Version": number, "FunctionArn": function_arn(row.scope, row.name, number)}
    published.pop("_change", None)
    apply_on = latest["SnapStart"]["ApplyOn"]
    published["SnapStart"] = {"ApplyOn": apply_on, "OptimizationStatus": "Off" if apply_on == "None" else "On"}
    published["_description"] = latest["Description"]
    if description:
        published["Description"] = description
    touch(published, tx.now)
    if is_new or apply_on != "None":
        begin_creation(published, tx.now, is_gradual=is_gradual, keeps_revision=True)
    store.append_version(tx, row, published)
    return configuration_reply(published, _reference(row, number), None)


def _essence(configuration: Configuration) -> Configuration:
    essence = {key: value for key, value in configuration.items() if key not in _NOT_COMPARED}
    described = configuration.get("_description", configuration["Description"])
    return essence | {"SnapStart": configuration["SnapStart"]["ApplyOn"], "_description": described}


def _reference(row: store.FunctionRow, version: str) -> FunctionReference:
    return FunctionReference(row.scope, row.name, version)


def refuse_if_aliased(version: str, aliases: list[str]) -> None:
    """Raise ResourceConflictException when aliases refer to a version that is to be deleted."""
    if aliases:
        raise ResourceConflictException(
            f"Version '{version}' cannot be deleted because it is referenced by the following aliases: {aliases}",
            Type="User",
        )
