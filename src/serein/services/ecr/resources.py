"""ECR's CloudFormation type, written as calls."""

import json
from typing import Any

from serein.kernel.arn import arn_of
from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.ecr.errors import (
    LifecyclePolicyNotFoundException,
    RepositoryNotFoundException,
    RepositoryPolicyNotFoundException,
)

_STORED = frozenset(
    {"EmptyOnDelete", "EncryptionConfiguration", "ImageScanningConfiguration", "ImageTagMutability"}
    | {"ImageTagMutabilityExclusionFilters", "LifecyclePolicy", "RepositoryPolicyText"}
)


@resource("AWS::ECR::Repository")
class RepositoryResource:
    """Its physical id, and what Ref answers, is its name."""

    properties = frozenset({*_STORED, "RepositoryName", "Tags"})
    replaced_by = frozenset(
        {
            "EncryptionConfiguration",
            "EncryptionConfiguration/EncryptionType",
            "EncryptionConfiguration/KmsKey",
            "RepositoryName",
        }
    )
    stored = _STORED

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("RepositoryName") or deployment.physical_name(256).lower()
        request: dict[str, Any] = {"repositoryName": name, "tags": _listed(_tags(deployment, properties))}
        for member in ("EncryptionConfiguration", "ImageScanningConfiguration"):
            if properties.get(member):
                request[_lower(member)] = _lowered(properties[member])
        if properties.get("ImageTagMutability"):
            request["imageTagMutability"] = properties["ImageTagMutability"]
        made = (await deployment.call("ecr", "CreateRepository", request))["repository"]
        await deployment.begun(name)
        await _set_policies(deployment, name, {}, properties)
        return _made(made)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request = {"repositoryName": physical_id}
        mutability = new.get("ImageTagMutability") or "MUTABLE"
        await deployment.call("ecr", "PutImageTagMutability", {**request, "imageTagMutability": mutability})
        scanning = _lowered(new.get("ImageScanningConfiguration") or {"ScanOnPush": False})
        await deployment.call(
            "ecr", "PutImageScanningConfiguration", {**request, "imageScanningConfiguration": scanning}
        )
        await _set_policies(deployment, physical_id, old, new)
        await _retag(deployment, physical_id, old, new)
        found = await deployment.call("ecr", "DescribeRepositories", {"repositoryNames": [physical_id]})
        return _made(found["repositories"][0])

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await _gone_is_fine(deployment, "DeleteRepository", {"repositoryName": physical_id})


def _made(shown: dict[str, Any]) -> Made:
    return Made(shown["repositoryName"], {"Arn": shown["repositoryArn"], "RepositoryUri": shown["repositoryUri"]})


async def _set_policies(deployment: Deployment, name: str, old: Properties, new: Properties) -> None:
    request = {"repositoryName": name}
    policy, lifecycle = new.get("RepositoryPolicyText"), (new.get("LifecyclePolicy") or {}).get("LifecyclePolicyText")
    if policy:
        text = policy if isinstance(policy, str) else json.dumps(policy)
        await deployment.call("ecr", "SetRepositoryPolicy", {**request, "policyText": text})
    elif old.get("RepositoryPolicyText"):
        await _gone_is_fine(deployment, "DeleteRepositoryPolicy", request)
    if lifecycle:
        await deployment.call("ecr", "PutLifecyclePolicy", {**request, "lifecyclePolicyText": lifecycle})
    elif old.get("LifecyclePolicy"):
        await _gone_is_fine(deployment, "DeleteLifecyclePolicy", request)


async def _gone_is_fine(deployment: Deployment, operation: str, request: dict[str, Any]) -> None:
    try:
        await deployment.call("ecr", operation, request)
    except (RepositoryNotFoundException, RepositoryPolicyNotFoundException, LifecyclePolicyNotFoundException):
        return


async def _retag(deployment: Deployment, name: str, old: Properties, new: Properties) -> None:
    arn = arn_of("ecr", deployment.scope, f"repository/{name}")
    before, after = _tags(deployment, old), _tags(deployment, new)
    if gone := [key for key in before if key not in after]:
        await deployment.call("ecr", "UntagResource", {"resourceArn": arn, "tagKeys": gone})
    if after and after != before:
        await deployment.call("ecr", "TagResource", {"resourceArn": arn, "tags": _listed(after)})


def _tags(deployment: Deployment, properties: Properties) -> dict[str, str]:
    return deployment.tags | {tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags") or ()}


def _listed(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _lower(member: str) -> str:
    return f"{member[:1].lower()}{member[1:]}"


def _lowered(settings: dict[str, Any]) -> dict[str, Any]:
    """AWS: flags of templates may be texts."""
    flags = {"true": True, "false": False}
    return {_lower(key): flags.get(str(value).lower(), value) for key, value in settings.items()}
