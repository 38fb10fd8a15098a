"""AWS's own managed policies, as far as their documents are here: those that serverless applications name.

`managed_policies.json` holds them as GetPolicyVersion shows them, by path and name; each line is one of them.
AWS: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
"""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

_FILE = Path(__file__).parent / "managed_policies.json"


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """The default version of a policy of AWS's own."""

    path_and_name: str
    version: str
    document: str
    updated_at: float


@lru_cache(maxsize=1)
def _policies() -> dict[str, ManagedPolicy]:
    return {
        name: ManagedPolicy(
            name,
            found["Version"],
            json.dumps(found["Document"], separators=(",", ":")),
            datetime.fromisoformat(found["CreateDate"]).timestamp(),
        )
        for name, found in json.loads(_FILE.read_text()).items()
    }


def find_managed(policy_arn: str) -> ManagedPolicy | None:
    """The policy of AWS's own that an ARN names, or None when its document isn't here."""
    return _policies().get(policy_arn.partition(":policy")[2])


def list_managed() -> list[ManagedPolicy]:
    """All of them, by name."""
    return sorted(_policies().values(), key=lambda policy: policy.path_and_name.rpartition("/")[2].lower())
