"""CreateRepository, DescribeRepositories and DeleteRepository, and the settings that are put apart."""

from dataclasses import replace
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.paging import find_position, page_token
from serein.services.ecr import store
from serein.services.ecr.errors import InvalidParameterException, RepositoryAlreadyExistsException
from serein.services.ecr.records import Repository
from serein.services.ecr.repositories import no_repository, registry_of, require_repository

_MOST = 100
_DEFAULTS = {
    "imageTagMutability": "MUTABLE",
    "imageScanningConfiguration": {"scanOnPush": False},
    "encryptionConfiguration": {"encryptionType": "AES256"},
}
_SETTINGS = (*_DEFAULTS, "imageTagMutabilityExclusionFilters")


@operation("CreateRepository", stored=("encryptionConfiguration", "imageScanningConfiguration", "imageTagMutability"))
async def create_repository(call: Call, request: Request) -> Reply:
    settings: dict[str, Any] = _DEFAULTS | {name: request[name] for name in _SETTINGS if name in request}
    tags = {tag["Key"]: tag["Value"] for tag in request.get("tags") or ()}

    def create(tx: Transaction) -> Repository:
        repository = Repository(call.scope, request["repositoryName"], tx.now, settings, tags)
        if store.find_repository(tx, call.scope, repository.name) is not None:
            raise RepositoryAlreadyExistsException(
                f"The repository with name '{repository.name}' already exists in the registry with id "
                f"'{call.scope.account}'"
            )
        store.put_repository(tx, repository)
        return repository

    return {"repository": (await call.write(create)).described()}


@operation("DescribeRepositories")
async def describe_repositories(call: Call, request: Request) -> Reply:
    names, registry = request.get("repositoryNames"), registry_of(call, request)
    is_own = registry == call.scope.account

    def find(tx: Transaction) -> list[Repository]:
        if names is None:
            return store.list_repositories(tx, call.scope, _after(request), limit + 1) if is_own else []
        found = {name: store.find_repository(tx, call.scope, name) if is_own else None for name in names}
        for name, repository in found.items():
            if repository is None:
                raise no_repository(name, registry)
        return [repository for repository in found.values() if repository is not None]

    limit: int = request.get("maxResults", _MOST)
    found = await call.read(find)
    if names is not None:
        return {"repositories": [each.described() for each in found]}
    reply: Reply = {"repositories": [each.described() for each in found[:limit]]}
    if len(found) > limit:
        reply["nextToken"] = page_token(found[limit - 1].name)
    return reply


@operation("DeleteRepository")
async def delete_repository(call: Call, request: Request) -> Reply:
    def delete(tx: Transaction) -> Repository:
        repository = require_repository(tx, call, request)
        store.delete_repository(tx, repository)
        return repository

    return {"repository": (await call.write(delete)).described()}


@operation("PutImageTagMutability", stored=("imageTagMutability", "imageTagMutabilityExclusionFilters"))
async def put_image_tag_mutability(call: Call, request: Request) -> Reply:
    return await _put(call, request, ("imageTagMutability", "imageTagMutabilityExclusionFilters"))


@operation("PutImageScanningConfiguration", stored=("imageScanningConfiguration",))
async def put_image_scanning_configuration(call: Call, request: Request) -> Reply:
    return await _put(call, request, ("imageScanningConfiguration",))


async def _put(call: Call, request: Request, names: tuple[str, ...]) -> Reply:
    changes = {name: request[name] for name in names if name in request}

    def put(tx: Transaction) -> None:
        repository = require_repository(tx, call, request)
        kept = {name: value for name, value in repository.settings.items() if name not in names}
        store.put_repository(tx, replace(repository, settings=kept | changes))

    await call.write(put)
    return {"registryId": call.scope.account, "repositoryName": request["repositoryName"], **changes}


def _after(request: Request) -> str:
    token = request.get("nextToken")
    found = find_position(token) if token else ""
    if not isinstance(found, str):
        raise InvalidParameterException("The next token is not valid.")
    return found
