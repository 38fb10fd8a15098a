"""What a function's DurableConfig says, and how it is set."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from serein.kernel.operation import Request
from serein.services.lambda_.durable.limits import DEFAULT_RETENTION_DAYS
from serein.services.lambda_.errors import invalid


@dataclass(frozen=True, slots=True)
class DurableSettings:
    timeout_seconds: int
    retention_days: int
    kms_key_arn: str
    dead_letter_arn: str


@lru_cache(maxsize=1024)
def find_settings(configuration: str) -> DurableSettings | None:
    """What a function's record says; None when the function isn't durable."""
    record = msgspec.json.decode(configuration)
    config = record.get("DurableConfig")
    if not config:
        return None
    return DurableSettings(
        config["ExecutionTimeout"],
        config["RetentionPeriodInDays"],
        config.get("KMSKeyArn", ""),
        record.get("DeadLetterConfig", {}).get("TargetArn", ""),
    )


def apply_durable_config(configuration: dict[str, Any], request: Request) -> None:
    """Set what a request says of durability. Raises InvalidParameterValueException.

    AWS: a function that isn't durable yet needs the time limit; retention is 14 days unless it says otherwise.
    """
    given = request.get("DurableConfig")
    if not given:
        return
    merged = {"RetentionPeriodInDays": DEFAULT_RETENTION_DAYS, **configuration.get("DurableConfig", {}), **given}
    if "ExecutionTimeout" not in merged:
        raise invalid("You cannot create a function with a durable configuration without an executionTimeout")
    if not merged.get("KMSKeyArn"):
        merged.pop("KMSKeyArn", None)
    configuration["DurableConfig"] = merged
