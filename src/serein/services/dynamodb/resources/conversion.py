"""From template properties to API members: templates may write numbers and booleans as text."""

from typing import Any

from serein.kernel.resource import Deployment, Properties


def flag(value: Any) -> bool:
    """A boolean, or the text of one."""
    return value if isinstance(value, bool) else str(value).lower() == "true"


def numbers(value: Any) -> Any:
    """Numbers, written as such or as text, in a structure."""
    if isinstance(value, dict):
        return {name: numbers(inner) for name, inner in value.items()}
    return int(value) if isinstance(value, str) and value.lstrip("-").isdecimal() else value


def sse(given: dict[str, Any]) -> dict[str, Any]:
    """SSESpecification: the template calls `SSEEnabled` what the API calls `Enabled`."""
    wanted: dict[str, Any] = {name: given[name] for name in ("SSEType", "KMSMasterKeyId") if name in given}
    return {"Enabled": flag(given.get("SSEEnabled", False)), **wanted}


def global_indexes(properties: Properties) -> list[dict[str, Any]]:
    """GlobalSecondaryIndexes in the API's form."""
    wanted = []
    for index in properties.get("GlobalSecondaryIndexes", []):
        members = {name: index[name] for name in ("IndexName", "KeySchema", "Projection") if name in index}
        for name in ("ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput"):
            if name in index:
                members[name] = numbers(index[name])
        wanted.append(members)
    return wanted


def tags(deployment: Deployment, properties: Properties) -> list[dict[str, str]]:
    """The resource's tags, and the stack's."""
    merged = {**deployment.tags, **{tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags", [])}}
    # AWS: only the service itself sets tags that begin with aws:, and it shows them.
    return [{"Key": key, "Value": value} for key, value in merged.items()]
