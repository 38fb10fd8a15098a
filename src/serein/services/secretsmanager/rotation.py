"""Rotation: the four steps of a rotation function, and when the next rotation is due.

AWS: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
"""

import json
from typing import Any

from msgspec.structs import replace

from serein.kernel.call import Platform
from serein.kernel.database import Delivery, Policy, Target, Transaction
from serein.kernel.errors import AwsError
from serein.kernel.ids import new_uuid
from serein.kernel.schedule import InvalidSchedule, Rate, parse_schedule
from serein.kernel.scope import Caller
from serein.services.secretsmanager import store
from serein.services.secretsmanager.errors import (
    AccessDeniedException,
    InvalidParameterException,
    InvalidRequestException,
)
from serein.services.secretsmanager.secrets import CURRENT, DAY_SECONDS, PENDING, Rotation, Version
from serein.services.secretsmanager.store import Found
from serein.services.secretsmanager.versions import drop_stage, move_stage

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
_RETRIES = Policy(maximum_attempts=5, backoff_seconds=(60, 120, 300, 600), retries_sender_faults=True)
_SHORTEST_SECONDS = 4 * 3600
_MOST_DAYS = 1000


class RotationFailed(AwsError):
    """A step of a rotation failed; it is tried again."""

    status = 500


def check_rules(rules: dict[str, Any]) -> None:
    """Raises InvalidParameterException for rules that no schedule can follow."""
    days, expression = rules.get("AutomaticallyAfterDays"), rules.get("ScheduleExpression")
    if days is not None and expression is not None:
        raise InvalidParameterException("You can't specify both AutomaticallyAfterDays and ScheduleExpression.")
    if days is not None and not 1 <= days <= _MOST_DAYS:
        raise InvalidParameterException(f"AutomaticallyAfterDays must be between 1 and {_MOST_DAYS}.")
    if expression is not None:
        try:
            schedule = parse_schedule(expression)
        except InvalidSchedule as invalid:
            raise InvalidParameterException(f"The ScheduleExpression is not valid: {invalid}") from None
        if isinstance(schedule, Rate) and schedule.seconds < _SHORTEST_SECONDS:
            raise InvalidParameterException("A secret can be rotated every four hours at most.")


def next_rotation(rotation: Rotation, now: float) -> float | None:
    """When a rotation is due after a moment; None without a schedule."""
    if not rotation.is_enabled:
        return None
    rules, midnight = rotation.rules, now - now % DAY_SECONDS
    if "AutomaticallyAfterDays" in rules:
        # AWS: the window is a whole day, by UTC. Here the rotation happens when it begins.
        return float(midnight + rules["AutomaticallyAfterDays"] * DAY_SECONDS)
    if "ScheduleExpression" in rules:
        return parse_schedule(rules["ScheduleExpression"]).next_after(now, midnight)
    return None


def begin_rotation(tx: Transaction, found: Found, version_id: str, steps: tuple[str, ...] = STEPS) -> str:
    """Owe a rotation's steps; the version that it makes. A rotation that never finished goes on with its version."""
    pending = store.find_stage(tx, found.secret_id, PENDING)
    if pending is not None and CURRENT not in pending.stages:
        version_id = pending.version_id
    else:
        if pending is not None:
            drop_stage(tx, found.secret_id, pending, PENDING)
        versions = store.versions_of(tx, found.secret_id)
        number = versions[0].number + 1 if versions else 1
        if all(version.version_id != version_id for version in versions):
            store.put_version(tx, found.secret_id, Version(version_id, number, round(tx.now, 3), None, [], "", b""))
        move_stage(tx, found.secret_id, PENDING, version_id)
    request = {"SecretId": found.arn, "VersionId": version_id, "Steps": list(steps)}
    tx.send(Delivery(Target("secretsmanager", "RotateSteps", found.scope), request, _RETRIES))
    return version_id


async def run_step(platform: Platform, found: Found, version_id: str, step: str) -> None:
    """Have the rotation function do a step. Raises RotationFailed."""
    event = {"Step": step, "SecretId": found.arn, "ClientRequestToken": version_id}
    request = {"FunctionName": found.secret.rotation.function, "Payload": json.dumps(event).encode()}
    caller = Caller.of_service("secretsmanager", found.scope, found.arn)
    reply = await platform.call("lambda", "Invoke", request, scope=found.scope, caller=caller)
    if "FunctionError" in reply:
        text = bytes(reply.get("Payload") or b"").decode("utf-8", "replace")
        raise RotationFailed(f"The rotation of {found.arn} failed in {step}: {text[:500]}")


def end_rotation(tx: Transaction, found: Found) -> None:
    """Note that a secret has been rotated, and when it is to be next."""
    rotation = replace(found.secret.rotation, last=round(tx.now, 3))
    store.update_secret(tx, found.secret_id, replace(found.secret, rotation=rotation))
    store.schedule_rotation(tx, found.secret_id, next_rotation(rotation, tx.now))


def end_test(tx: Transaction, found: Found, version_id: str) -> None:
    """AWS: the version that a test of the rotation made is removed."""
    version = store.find_version(tx, found.secret_id, version_id)
    if version is not None and version.stages in ([], [PENDING]):
        store.remove_version(tx, found.secret_id, version_id)


def rotate_due(tx: Transaction) -> None:
    """Begin every rotation that is due."""
    for secret_id in store.due_rotations(tx):
        found = store.find_by_secret(tx, secret_id)
        if found is None or found.secret.marked_at is not None:
            store.schedule_rotation(tx, secret_id, None)
            continue
        store.schedule_rotation(tx, secret_id, next_rotation(found.secret.rotation, tx.now))
        begin_rotation(tx, found, new_uuid())


async def require_function(platform: Platform, found: Found, arn: str) -> None:
    """Raises InvalidRequestException for a secret without a rotation function, AccessDeniedException for none."""
    if not arn:
        raise InvalidRequestException("No Lambda rotation function ARN is associated with this secret.")
    try:
        await platform.call("lambda", "GetFunctionConfiguration", {"FunctionName": arn}, scope=found.scope)
        if platform.signatures is not None and platform.signatures.is_enforced:
            request = {"FunctionName": arn, "InvocationType": "DryRun"}
            caller = Caller.of_service("secretsmanager", found.scope, found.arn)
            await platform.call("lambda", "Invoke", request, scope=found.scope, caller=caller)
    except AwsError as error:
        raise AccessDeniedException(
            "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants "
            "access to the principal secretsmanager.amazonaws.com."
        ) from error
