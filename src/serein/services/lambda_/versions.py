"""Publishing versions, and the checks that protect a function's revision."""

import json

from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request
from serein.services.lambda_.configuration import Configuration, configuration_reply, touch
from serein.services.lambda_.errors import PreconditionFailedException, ResourceConflictException
from serein.services.lambda_.names import FunctionReference, function_arn
from serein.services.lambda_.store import functions as store

_NOT_COMPARED = frozenset({"Version", "RevisionId", "LastModified", "FunctionArn", "Description", "State"})


def check_revision(request: Request, revision: str) -> None:
    """Raise PreconditionFailedException when the request is for another revision."""
    expected = request.get("RevisionId")
    if expected and expected != revision:
        raise PreconditionFailedException(Type="User")


def publish(tx: Transaction, row: store.FunctionRow, latest: Configuration, description: str | None) -> Reply:
    """Publish $LATEST as a version and return its configuration.

    AWS: nothing is published when code and configuration are those of the newest version, which is returned instead
    (API reference, PublishVersion).
    """
    newest = store.find_version(tx, row.scope, row.name, row.next_version - 1)
    if newest is not None:
        published: Configuration = json.loads(newest)
        if _essence(published) == _essence(latest):
            return configuration_reply(published, _reference(row, published["Version"]))
    number = str(row.next_version)
    published = latest | {"Version": number, "FunctionArn": function_arn(row.scope, row.name, number)}
    if description:
        published["Description"] = description
    touch(published, tx.now)
    store.append_version(tx, row, published)
    return configuration_reply(published, _reference(row, number))


def _essence(configuration: Configuration) -> Configuration:
    return {key: value for key, value in configuration.items() if key not in _NOT_COMPARED}


def _reference(row: store.FunctionRow, version: str) -> FunctionReference:
    return FunctionReference(row.scope, row.name, version)


def refuse_if_aliased(version: str, aliases: list[str]) -> None:
    """Raise ResourceConflictException when aliases refer to a version that is to be deleted."""
    if aliases:
        raise ResourceConflictException(
            f"Version '{version}' cannot be deleted because it is referenced by the following aliases: {aliases}",
            Type="User",
        )
