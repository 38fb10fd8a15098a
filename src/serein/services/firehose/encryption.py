"""The keys of encrypted delivery streams."""

from typing import Any

from serein.services.firehose.errors import InvalidArgumentException


def require_key(encryption: dict[str, Any]) -> None:
    """Raise InvalidArgumentException unless a key is named exactly where the customer manages it."""
    is_named = "KeyARN" in encryption
    if (encryption["KeyType"] == "CUSTOMER_MANAGED_CMK") != is_named:
        raise InvalidArgumentException(
            "KeyARN is required for the key type CUSTOMER_MANAGED_CMK, and must not be given for AWS_OWNED_CMK."
        )
