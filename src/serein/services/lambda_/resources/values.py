"""Property values as templates write them, as the API takes them."""

from typing import Any

from serein.kernel.resource import Deployment, Properties


def text_of(value: Any) -> str:
    """A value as CloudFormation writes it into a string: numbers plain, booleans in lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def flag_of(value: Any) -> bool:
    return str(value).lower() == "true"


def numbers_of(given: dict[str, Any], *members: str) -> dict[str, Any]:
    """A structure with some of its members as numbers."""
    return given | {member: int(given[member]) for member in members if member in given}


def tags_of(deployment: Deployment, properties: Properties) -> dict[str, str]:
    """A resource's tags and its stack's."""
    return {**deployment.tags, **{tag["Key"]: text_of(tag["Value"]) for tag in properties.get("Tags", [])}}


async def retag(deployment: Deployment, arn: str, old: Properties, new: Properties) -> None:
    """Have a resource carry its new tags, and only those."""
    before, after = tags_of(deployment, old), tags_of(deployment, new)
    if gone := sorted(before.keys() - after.keys()):
        await deployment.call("lambda", "UntagResource", {"Resource": arn, "TagKeys": gone})
    if after:
        await deployment.call("lambda", "TagResource", {"Resource": arn, "Tags": after})


async def wait_until_settled(deployment: Deployment, function: str) -> None:
    """Wait until a function, or a version by its ARN, is neither being created nor being updated."""
    while True:
        shown = await deployment.call("lambda", "GetFunctionConfiguration", {"FunctionName": function})
        if shown["State"] != "Pending" and shown.get("LastUpdateStatus") != "InProgress":
            return
        await deployment.sleep(1)
