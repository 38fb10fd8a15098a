"""Data protection policies, checked."""

import json

from serein.services.sns.errors import invalid

_MOST_BYTES = 30_720


def require_protection_policy(text: str) -> None:
    """Check a policy; the empty one removes it. Raises InvalidParameter."""
    if not text:
        return
    if len(text.encode()) > _MOST_BYTES:
        raise invalid("DataProtectionPolicy", "The policy is longer than 30,720 bytes")
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        raise invalid("DataProtectionPolicy", "The policy is not valid JSON") from None
    if not isinstance(policy, dict) or not policy.keys() >= {"Name", "Version", "Statement"}:
        raise invalid("DataProtectionPolicy", "The policy needs a Name, a Version and a Statement")
