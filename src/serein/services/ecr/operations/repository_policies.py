"""The policies of a repository: who may use it, and how long images stay."""

import json
from dataclasses import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.ecr import store
from serein.services.ecr.errors import (
    InvalidParameterException,
    LifecyclePolicyNotFoundException,
    RepositoryPolicyNotFoundException,
)
from serein.services.ecr.repositories import require_repository


@operation("SetRepositoryPolicy", stored=("policyText", "force"))
async def set_repository_policy(call: Call, request: Request) -> Reply:
    return await _put(call, request, "policyText")


@operation("GetRepositoryPolicy")
async def get_repository_policy(call: Call, request: Request) -> Reply:
    return await call.read(lambda tx: _found(tx, call, request, "policyText"))


@operation("DeleteRepositoryPolicy")
async def delete_repository_policy(call: Call, request: Request) -> Reply:
    return await _delete(call, request, "policyText")


@operation("PutLifecyclePolicy", stored=("lifecyclePolicyText",))
async def put_lifecycle_policy(call: Call, request: Request) -> Reply:
    return await _put(call, request, "lifecyclePolicyText")


@operation("GetLifecyclePolicy")
async def get_lifecycle_policy(call: Call, request: Request) -> Reply:
    return await call.read(lambda tx: _found(tx, call, request, "lifecyclePolicyText"))


@operation("DeleteLifecyclePolicy")
async def delete_lifecycle_policy(call: Call, request: Request) -> Reply:
    return await _delete(call, request, "lifecyclePolicyText")


async def _put(call: Call, request: Request, member: str) -> Reply:
    text = request[member]
    try:
        json.loads(text)
    except ValueError as error:
        raise InvalidParameterException(
            f"Invalid parameter at '{member[0].upper()}{member[1:]}' failed to satisfy constraint: "
            "'Invalid repository policy provided'"
        ) from error

    def put(tx: Transaction) -> None:
        repository = require_repository(tx, call, request)
        is_policy = member == "policyText"
        changed = replace(repository, policy=text) if is_policy else replace(repository, lifecycle_policy=text)
        store.put_repository(tx, changed)

    await call.write(put)
    return {"registryId": call.scope.account, "repositoryName": request["repositoryName"], member: text}


def _found(tx: Transaction, call: Call, request: Request, member: str) -> Reply:
    repository = require_repository(tx, call, request)
    text = repository.policy if member == "policyText" else repository.lifecycle_policy
    where = f"the repository with name '{repository.name}' in the registry with id '{call.scope.account}'"
    if not text and member == "policyText":
        raise RepositoryPolicyNotFoundException(f"Repository policy does not exist for {where}")
    if not text:
        raise LifecyclePolicyNotFoundException(f"Lifecycle policy does not exist for {where}")
    return {"registryId": call.scope.account, "repositoryName": repository.name, member: text}


async def _delete(call: Call, request: Request, member: str) -> Reply:
    def delete(tx: Transaction) -> Reply:
        found = _found(tx, call, request, member)
        repository = require_repository(tx, call, request)
        is_policy = member == "policyText"
        store.put_repository(
            tx, replace(repository, policy="") if is_policy else replace(repository, lifecycle_policy="")
        )
        return found

    return await call.write(delete)
