"""What requests say of a state machine besides its definition: role, logging, tracing, encryption and tags."""

from collections.abc import Iterable, Mapping
from typing import Any

from serein.kernel.arn import Arn, find_arn
from serein.kernel.call import Call, Platform
from serein.kernel.errors import AwsError
from serein.kernel.scope import Caller
from serein.services.stepfunctions.errors import (
    InvalidArn,
    InvalidEncryptionConfiguration,
    InvalidLoggingConfiguration,
    TooManyTags,
    ValidationException,
)
from serein.services.stepfunctions.language import InvalidDefinition, diagnose
from serein.services.stepfunctions.tasks.sdk_definitions import diagnose_sdk_tasks

_MOST_TAGS = 50
_GROUP = "log-group:"
_CUSTOMER_KEY = "CUSTOMER_MANAGED_KMS_KEY"
_REUSE_SECONDS = 300
DEFAULTS: dict[str, Any] = {
    "logging": {"level": "OFF", "includeExecutionData": False},
    "tracing": {"enabled": False},
    "encryption": {},
}
"""The settings of a machine that was made without any."""


def require_definition(platform: Platform, text: str, machine_type: str) -> str:
    """The definition, when a machine of that type may have it. Raises InvalidDefinition."""
    errors = [found for found in diagnose(text, machine_type) if found.severity == "ERROR"]
    if not errors:
        errors = [found for found in diagnose_sdk_tasks(platform, text) if found.severity == "ERROR"]
    if errors:
        raise InvalidDefinition(errors)
    return text


def require_role(text: str) -> str:
    """The role's ARN. Raises InvalidArn."""
    arn = find_arn(text)
    if arn is None:
        raise InvalidArn(f"Invalid Arn: 'Invalid ARN prefix: {text}'")
    if arn.service != "iam" or not arn.resource.startswith("role/"):
        raise InvalidArn(f"Invalid Role Arn: '{text}'")
    return text


def parse_settings(request: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
    """The settings after a request, which has any of the three. Raises the errors of their configurations."""
    settings = dict(current)
    if "loggingConfiguration" in request:
        settings["logging"] = _logging(request["loggingConfiguration"])
    if "tracingConfiguration" in request:
        settings["tracing"] = {"enabled": bool(request["tracingConfiguration"].get("enabled", False))}
    if "encryptionConfiguration" in request:
        settings["encryption"] = _encryption(request["encryptionConfiguration"])
    return settings


def _logging(given: Mapping[str, Any]) -> dict[str, Any]:
    level = given.get("level", "OFF")
    destinations = given.get("destinations") or []
    if len(destinations) > 1 or (level != "OFF" and not destinations):
        raise _bad_logging("Must specify exactly one Log Destination.")
    shown = {"level": level, "includeExecutionData": bool(given.get("includeExecutionData", False))}
    if not destinations:
        return shown
    text = (destinations[0].get("cloudWatchLogsLogGroup") or {}).get("logGroupArn")
    if text is None:
        raise _bad_logging("Must specify exactly one Log Destination.")
    arn = find_arn(text)
    if arn is None or arn.service != "logs" or not arn.resource.startswith(_GROUP):
        raise _bad_logging("Log Group ARN is not valid.")
    if not arn.resource.endswith(":*"):
        raise _bad_logging("Log Group ARN must be provided with '*' qualifier.")
    return {**shown, "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": text}}]}


def find_log_group(logging: Mapping[str, Any]) -> tuple[Arn, str] | None:
    """The log group's ARN and name, when there is a destination."""
    for destination in logging.get("destinations") or ():
        arn = find_arn(destination["cloudWatchLogsLogGroup"]["logGroupArn"])
        if arn is not None:
            return arn, arn.resource.removeprefix(_GROUP).removesuffix(":*")
    return None


async def require_log_group(call: Call, request: Mapping[str, Any]) -> None:
    """Raise InvalidLoggingConfiguration when the logs of a request would go where there is no log group."""
    given = request.get("loggingConfiguration") or {}
    if given.get("level", "OFF") == "OFF":
        return
    found = find_log_group(_logging(given))
    if found is None:
        return
    arn, name = found
    try:
        reply = await call.to("logs", "DescribeLogGroups", {"logGroupNamePrefix": name}, arn.scope)
    except AwsError as error:
        if not error.is_sender_fault:
            raise
        raise _bad_logging("Log Group ARN is not valid.") from None
    if not any(group["logGroupName"] == name for group in reply["logGroups"]):
        raise _bad_logging("The CloudWatch Logs log group does not exist.")


def _bad_logging(message: str) -> InvalidLoggingConfiguration:
    return InvalidLoggingConfiguration(f"Invalid Logging Configuration: {message}")


def _encryption(given: Mapping[str, Any]) -> dict[str, Any]:
    kind, key = given["type"], given.get("kmsKeyId")
    if kind == _CUSTOMER_KEY:
        if not key:
            raise _bad_encryption("kmsKeyId is required for the encryption type CUSTOMER_MANAGED_KMS_KEY")
        seconds = given.get("kmsDataKeyReusePeriodSeconds", _REUSE_SECONDS)
        return {"type": kind, "kmsKeyId": key, "kmsDataKeyReusePeriodSeconds": seconds}
    if key or "kmsDataKeyReusePeriodSeconds" in given:
        raise _bad_encryption("kmsKeyId and kmsDataKeyReusePeriodSeconds are not supported for AWS_OWNED_KEY")
    return {"type": kind}


def _bad_encryption(message: str) -> InvalidEncryptionConfiguration:
    return InvalidEncryptionConfiguration(f"Invalid Encryption Configuration: {message}")


def parse_tags(known: dict[str, str], given: Iterable[Mapping[str, str]], caller: Caller) -> dict[str, str]:
    """Known tags with those of a request. Raises TooManyTags, and ValidationException for those of AWS's own."""
    tags = dict(known)
    for tag in given:
        key = tag.get("key")
        if not key:
            raise ValidationException("Tag keys must not be empty")
        if caller.service is None and key.lower().startswith("aws:"):
            raise ValidationException("aws: prefixed tag key names are not allowed for external use.")
        tags[key] = tag.get("value", "")
    if sum(1 for key in tags if not key.startswith("aws:")) > _MOST_TAGS:
        raise TooManyTags(f"Number of tags exceeds the limit of {_MOST_TAGS}")
    return tags


def shown_tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]
