"""Finding the repository that a request means."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Request
from serein.services.ecr import store
from serein.services.ecr.errors import RepositoryNotFoundException
from serein.services.ecr.records import Repository


def require_repository(tx: Transaction, call: Call, request: Request) -> Repository:
    """The repository that a request names. Raises RepositoryNotFoundException."""
    name = request["repositoryName"]
    found = store.find_repository(tx, call.scope, name) if registry_of(call, request) == call.scope.account else None
    if found is None:
        raise no_repository(name, registry_of(call, request))
    return found


def registry_of(call: Call, request: Request) -> str:
    """The account whose registry is meant."""
    return str(request.get("registryId") or call.scope.account)


def no_repository(name: str, registry: str) -> RepositoryNotFoundException:
    return RepositoryNotFoundException(
        f"The repository with name '{name}' does not exist in the registry with id '{registry}'"
    )
