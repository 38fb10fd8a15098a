"""From template properties to API members: templates may write numbers and booleans as text."""

from typing import Any

from serein.kernel.resource import Deployment, Properties
from serein.services.dynamodb.errors import ValidationException

_INDEX = (
    "IndexName",
    "KeySchema",
    "Projection",
    "ProvisionedThroughput",
    "OnDemandThroughput",
    "WarmThroughput",
    "ContributorInsightsSpecification",
)
_OF_API = _INDEX[:-1]


def flag(value: Any) -> bool:
    """A boolean, or the text of one."""
    return value if isinstance(value, bool) else str(value).lower() == "true"


def numbers(value: Any) -> Any:
    """Numbers, written as such or as text, in a structure."""
    if isinstance(value, dict):
        return {name: numbers(inner) for name, inner in value.items()}
    return int(value) if isinstance(value, str) and value.lstrip("-").isdecimal() else value


def require_members(given: Any, path: str, allowed: tuple[str, ...]) -> dict[str, Any]:
    """Check that an object of a template has no members but these. Raises ValidationException as CloudFormation."""
    if not isinstance(given, dict):
        raise ValidationException(f"Properties validation failed: #/{path}: expected type: JSONObject")
    for name in given:
        if name not in allowed:
            raise ValidationException(
                f"Properties validation failed: #/{path}: extraneous key [{name}] is not permitted"
            )
    return given


def sse(given: dict[str, Any]) -> dict[str, Any]:
    """SSESpecification: the template calls `SSEEnabled` what the API calls `Enabled`."""
    require_members(given, "SSESpecification", ("SSEEnabled", "SSEType", "KMSMasterKeyId"))
    wanted: dict[str, Any] = {name: given[name] for name in ("SSEType", "KMSMasterKeyId") if name in given}
    return {"Enabled": flag(given.get("SSEEnabled", False)), **wanted}


def stream(properties: Properties) -> dict[str, Any]:
    """StreamSpecification in the API's form."""
    allowed = ("StreamViewType", "ResourcePolicy", "Tags")
    given = require_members(properties["StreamSpecification"], "StreamSpecification", allowed)
    return {"StreamEnabled": True, "StreamViewType": given["StreamViewType"]}


def global_indexes(properties: Properties) -> list[dict[str, Any]]:
    """GlobalSecondaryIndexes in the API's form."""
    wanted = []
    for number, index in enumerate(properties.get("GlobalSecondaryIndexes") or []):
        require_members(index, f"GlobalSecondaryIndexes/{number}", _INDEX)
        wanted.append({name: numbers(index[name]) for name in _OF_API if name in index})
    return wanted


def tags(deployment: Deployment, properties: Properties) -> list[dict[str, str]]:
    """The resource's tags, and the stack's.

    AWS: tables don't get CloudFormation's own tags (the type's schema says `cloudFormationSystemTags: false`).
    """
    of_stack = {key: value for key, value in deployment.tags.items() if not key.startswith("aws:")}
    merged = {**of_stack, **{tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags") or []}}
    return [{"Key": key, "Value": value} for key, value in merged.items()]
