"""Secrets Manager's CloudFormation types, written as calls."""

import json
from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.secretsmanager.errors import ResourceNotFoundException, ValidationException

_SERVICE = "secretsmanager"


@resource("AWS::SecretsManager::Secret")
class SecretResource:
    """Ref answers the secret's ARN."""

    properties = frozenset(
        {"Description", "GenerateSecretString", "KmsKeyId", "Name", "ReplicaRegions", "SecretString", "Tags", "Type"}
    )
    replaced_by = frozenset({"Name", "Type"})
    stored = frozenset({"KmsKeyId", "Type"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("Name") or deployment.physical_name(512)
        tags = {**deployment.tags, **{tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags") or []}}
        request: dict[str, Any] = {
            "Name": name,
            # AWS: tags of CloudFormation's own are put by CloudFormation, not by the request.
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
            "SecretString": await _value(deployment, properties),
        }
        request |= {member: properties[member] for member in ("Description", "KmsKeyId") if member in properties}
        if "ReplicaRegions" in properties:
            request["AddReplicaRegions"] = properties["ReplicaRegions"]
        made = await deployment.call(_SERVICE, "CreateSecret", request)
        return Made(made["ARN"], {"Id": made["ARN"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request: dict[str, Any] = {"SecretId": physical_id, "Description": new.get("Description", "")}
        if "KmsKeyId" in new:
            request["KmsKeyId"] = new["KmsKeyId"]
        changed = any(old.get(member) != new.get(member) for member in ("SecretString", "GenerateSecretString"))
        if changed:
            request["SecretString"] = await _value(deployment, new)
        await deployment.call(_SERVICE, "UpdateSecret", request)
        await _update_tags(deployment, physical_id, old, new)
        await _update_replicas(deployment, physical_id, old, new)
        return Made(physical_id, {"Id": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        if regions := [one["Region"] for one in properties.get("ReplicaRegions") or []]:
            request = {"SecretId": physical_id, "RemoveReplicaRegions": regions}
            try:
                await deployment.call(_SERVICE, "RemoveRegionsFromReplication", request)
            except ResourceNotFoundException:
                return
        await deployment.call(_SERVICE, "DeleteSecret", {"SecretId": physical_id, "ForceDeleteWithoutRecovery": True})


async def _value(deployment: Deployment, properties: Properties) -> str:
    generated, given = properties.get("GenerateSecretString"), properties.get("SecretString")
    if generated is not None and given is not None:
        raise ValidationException("You can't specify both SecretString and GenerateSecretString.")
    if generated is None:
        return str(given) if given is not None else await _password(deployment, {})
    password = await _password(deployment, generated)
    template, key = generated.get("SecretStringTemplate"), generated.get("GenerateStringKey")
    if (template is None) != (key is None):
        raise ValidationException("SecretStringTemplate and GenerateStringKey belong together.")
    if template is None:
        return password
    try:
        document = json.loads(template)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise ValidationException("Could not parse SecretStringTemplate JSON.")
    return json.dumps({**document, key: password})


async def _password(deployment: Deployment, wanted: Properties) -> str:
    flags = (
        "ExcludeLowercase",
        "ExcludeNumbers",
        "ExcludePunctuation",
        "ExcludeUppercase",
        "IncludeSpace",
        "RequireEachIncludedType",
    )
    request: dict[str, Any] = {flag: str(wanted[flag]).lower() == "true" for flag in flags if flag in wanted}
    if "PasswordLength" in wanted:
        request["PasswordLength"] = int(wanted["PasswordLength"])
    if "ExcludeCharacters" in wanted:
        request["ExcludeCharacters"] = wanted["ExcludeCharacters"]
    reply = await deployment.call(_SERVICE, "GetRandomPassword", request)
    return str(reply["RandomPassword"])


async def _update_tags(deployment: Deployment, arn: str, old: Properties, new: Properties) -> None:
    before = {tag["Key"] for tag in old.get("Tags") or []}
    after = {tag["Key"]: str(tag["Value"]) for tag in new.get("Tags") or []}
    if gone := sorted(before - after.keys()):
        await deployment.call(_SERVICE, "UntagResource", {"SecretId": arn, "TagKeys": gone})
    if after:
        tags = [{"Key": key, "Value": value} for key, value in after.items()]
        await deployment.call(_SERVICE, "TagResource", {"SecretId": arn, "Tags": tags})


async def _update_replicas(deployment: Deployment, arn: str, old: Properties, new: Properties) -> None:
    before = {one["Region"] for one in old.get("ReplicaRegions") or []}
    after = {one["Region"]: one for one in new.get("ReplicaRegions") or []}
    if gone := sorted(before - after.keys()):
        await deployment.call(_SERVICE, "RemoveRegionsFromReplication", {"SecretId": arn, "RemoveReplicaRegions": gone})
    if added := [after[region] for region in sorted(after.keys() - before)]:
        await deployment.call(_SERVICE, "ReplicateSecretToRegions", {"SecretId": arn, "AddReplicaRegions": added})


@resource("AWS::SecretsManager::ResourcePolicy")
class ResourcePolicyResource:
    """Ref answers the secret's ARN."""

    properties = frozenset({"BlockPublicPolicy", "ResourcePolicy", "SecretId"})
    replaced_by = frozenset({"SecretId"})
    stored = frozenset({"ResourcePolicy"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        policy = properties["ResourcePolicy"]
        request = {
            "SecretId": properties["SecretId"],
            "ResourcePolicy": policy if isinstance(policy, str) else json.dumps(policy),
            "BlockPublicPolicy": str(properties.get("BlockPublicPolicy", False)).lower() == "true",
        }
        made = await deployment.call(_SERVICE, "PutResourcePolicy", request)
        return Made(made["ARN"], {"Id": made["ARN"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return await self.create(deployment, new)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call(_SERVICE, "DeleteResourcePolicy", {"SecretId": physical_id})
        except ResourceNotFoundException:
            return


@resource("AWS::SecretsManager::RotationSchedule")
class RotationScheduleResource:
    """Ref answers the secret's ARN. Hosted rotation functions are refused: they are AWS's own applications."""

    properties = frozenset(
        {
            "ExternalSecretRotationMetadata",
            "ExternalSecretRotationRoleArn",
            "HostedRotationLambda",
            "RotateImmediatelyOnUpdate",
            "RotationLambdaARN",
            "RotationRules",
            "SecretId",
        }
    )
    replaced_by = frozenset({"SecretId"})
    stored = frozenset({"ExternalSecretRotationMetadata", "ExternalSecretRotationRoleArn"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        if "HostedRotationLambda" in properties:
            raise ValidationException("Serein does not have AWS's hosted rotation functions (HostedRotationLambda)")
        request: dict[str, Any] = {
            "SecretId": properties["SecretId"],
            "RotateImmediately": str(properties.get("RotateImmediatelyOnUpdate", True)).lower() == "true",
        }
        if "RotationLambdaARN" in properties:
            request["RotationLambdaARN"] = properties["RotationLambdaARN"]
        if rules := dict(properties.get("RotationRules") or {}):
            if "AutomaticallyAfterDays" in rules:
                rules["AutomaticallyAfterDays"] = int(rules["AutomaticallyAfterDays"])
            request["RotationRules"] = rules
        made = await deployment.call(_SERVICE, "RotateSecret", request)
        return Made(made["ARN"], {"Id": made["ARN"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return await self.create(deployment, new)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call(_SERVICE, "CancelRotateSecret", {"SecretId": physical_id})
        except ResourceNotFoundException:
            return
