"""Endpoints of platform applications: what a device is known by."""

from serein.services.sns.errors import invalid
from serein.services.sns.topics import require_arn

ATTRIBUTES = frozenset({"CustomUserData", "Enabled", "Token"})
_MOST_USER_DATA_BYTES = 2048


def require_endpoint_arn(text: str | None) -> str:
    """The ARN of an endpoint. Raises InvalidParameter."""
    parts = require_arn(text, "EndpointArn").resource.split("/")
    if parts[0] != "endpoint" or len(parts) != 4:
        raise invalid("EndpointArn")
    return str(text)


def application_of(endpoint_arn: str) -> str:
    """The ARN of an endpoint's application."""
    head, _, resource = endpoint_arn.rpartition(":")
    _, platform, name, _ = resource.split("/")
    return f"{head}:app/{platform}/{name}"


def parse_attributes(given: dict[str, str]) -> dict[str, str]:
    """Check an endpoint's attributes. Raises InvalidParameter."""
    for name, value in given.items():
        if name not in ATTRIBUTES:
            raise invalid("Attributes", f"Invalid attribute name: {name}")
        if name == "Enabled" and value.lower() not in {"true", "false"}:
            raise invalid("Attributes", "Invalid value for attribute: Enabled: must be true or false")
        if name == "CustomUserData" and len(value.encode()) > _MOST_USER_DATA_BYTES:
            raise invalid(
                "Attributes",
                "Invalid value for attribute: CustomUserData: must be at most 2048 bytes long in UTF-8 encoding",
            )
    return {name: value.lower() if name == "Enabled" else value for name, value in given.items()}
