"""The tags of state machines and activities that a stack makes."""

from typing import Any

from serein.kernel.resource import Deployment, Properties


def tags_of(deployment: Deployment, properties: Properties) -> list[dict[str, str]]:
    """The stack's tags and the template's own, as the API takes them."""
    own = {tag["Key"]: str(tag.get("Value", "")) for tag in properties.get("Tags") or ()}
    return [{"key": key, "value": value} for key, value in (deployment.tags | own).items()]


async def retag(deployment: Deployment, arn: str, old: Properties, new: Properties) -> None:
    """Take away the tags that a template doesn't have any more, and put those that it has."""
    wanted = tags_of(deployment, new)
    kept = {tag["key"] for tag in wanted}
    if gone := [tag["key"] for tag in tags_of(deployment, old) if tag["key"] not in kept]:
        await deployment.call("stepfunctions", "UntagResource", {"resourceArn": arn, "tagKeys": gone})
    if wanted:
        await deployment.call("stepfunctions", "TagResource", {"resourceArn": arn, "tags": wanted})


def encryption_of(properties: Properties) -> dict[str, Any]:
    """EncryptionConfiguration as the API takes it; empty when there is none."""
    given = properties.get("EncryptionConfiguration")
    if not given:
        return {}
    request: dict[str, Any] = {"type": given["Type"]}
    if "KmsKeyId" in given:
        request["kmsKeyId"] = given["KmsKeyId"]
    if "KmsDataKeyReusePeriodSeconds" in given:
        request["kmsDataKeyReusePeriodSeconds"] = int(given["KmsDataKeyReusePeriodSeconds"])
    return {"encryptionConfiguration": request}
