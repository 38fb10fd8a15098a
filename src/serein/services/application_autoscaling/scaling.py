"""Scaling into the bounds of targets, and DynamoDB's tables and indexes as target tracking wants."""

from typing import NamedTuple

from msgspec.structs import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.services.application_autoscaling import store
from serein.services.application_autoscaling.activities import (
    FAILED,
    IN_PROGRESS,
    SUCCESSFUL,
    append_activity,
    finish_activity,
    fulfilled,
    waiting,
)
from serein.services.application_autoscaling.function_concurrency import WORDS, find_concurrency, set_concurrency
from serein.services.application_autoscaling.namespaces import LAMBDA, capacity_of
from serein.services.application_autoscaling.policies import alarm_name, find_rule
from serein.services.application_autoscaling.provisioned import find_provisioned, find_units, set_units
from serein.services.application_autoscaling.targets import ScalableTarget, TargetDefinition, next_minute
from serein.services.application_autoscaling.tracking import HIGH, QUIET_SECONDS, Decision, Situation, decide, is_quiet

_ATTEMPT = "Attempting to scale due to alarm triggered"


class Change(NamedTuple):
    """What is to be done to a capacity, and why."""

    capacity: int
    cause: str
    decision: Decision | None = None


async def scale(call: Call, target: ScalableTarget) -> None:
    """Look at a target: do what is needed, and say when to look again."""
    if not target.is_scaled_here:
        await call.write(lambda tx: store.set_due(tx, target.arn, None))
        return
    policies = await call.read(lambda tx: store.parts_of(tx, store.POLICIES, target.arn))
    is_function = target.address.namespace == LAMBDA
    tracked = None if is_function else find_rule(policies)
    again = next_minute(call.now)
    provisioned = await (find_concurrency if is_function else find_provisioned)(call, target)
    if provisioned is None or not provisioned.is_active:
        due: float | None = again
        if provisioned is None:
            due = None if tracked is None else next_minute(call.now + QUIET_SECONDS)
        await call.write(lambda tx: store.set_due(tx, target.arn, due))
        return
    if target.definition.pending:
        await call.write(lambda tx: _finish(tx, target))
    minutes: list[float] = []
    change = _into_bounds(target.definition, provisioned.capacity)
    if change is None and tracked is not None:
        name, rule = tracked
        minutes = await find_units(call, target)
        decision = decide(rule, minutes, _situation(target.definition, provisioned.capacity), call.now)
        if decision is not None:
            alarm = alarm_name(policies[name], decision.alarm)
            cause = f"monitor alarm {alarm} in state ALARM triggered policy {name}"
            change = Change(decision.capacity, cause, decision)
    is_settled = await _carry_out(call, target, change)
    next_look = None if tracked is None and is_settled else again
    if is_settled and is_quiet(minutes, change.decision if change else None):
        next_look = next_minute(call.now + QUIET_SECONDS)
    await call.write(lambda tx: store.set_due(tx, target.arn, next_look))


def _into_bounds(definition: TargetDefinition, capacity: int) -> Change | None:
    if capacity < definition.minimum and not definition.is_suspended("DynamicScalingOut"):
        return Change(definition.minimum, f"minimum capacity was set to {definition.minimum}")
    if capacity > definition.maximum and not definition.is_suspended("DynamicScalingIn"):
        return Change(definition.maximum, f"maximum capacity was set to {definition.maximum}")
    return None


def _situation(definition: TargetDefinition, capacity: int) -> Situation:
    return Situation(
        capacity,
        definition.minimum,
        definition.maximum,
        definition.last_out_at,
        definition.last_out_wanted,
        definition.last_in_at,
        can_scale_out=not definition.is_suspended("DynamicScalingOut"),
        can_scale_in=not definition.is_suspended("DynamicScalingIn"),
    )


async def _carry_out(call: Call, target: ScalableTarget, change: Change | None) -> bool:
    """Do what is to be done; return whether nothing is left to be done."""
    if change is None:
        if target.definition.not_scaled:
            await call.write(lambda tx: _note(tx, target, not_scaled=""))
        return True
    if change.decision is not None and change.decision.reason:
        decision = change.decision
        await call.write(lambda tx: _append_not_scaled(tx, target, change.cause, decision))
        return True
    try:
        change_to = set_concurrency if target.address.namespace == LAMBDA else set_units
        is_fulfilled = await change_to(call, target, change.capacity)
    except AwsError as error:
        failure = f"{error.message} ({error.code})"
        await call.write(lambda tx: _append_failure(tx, target, change, failure))
        return False
    await call.write(lambda tx: _append_change(tx, target, change, is_fulfilled=is_fulfilled))
    return is_fulfilled


def _words(target: ScalableTarget, change: Change) -> str:
    address = target.address
    words = WORDS if address.namespace == LAMBDA else capacity_of(address.resource_id, address.dimension).words
    return f"{words} to {change.capacity}."


def _append_change(tx: Transaction, target: ScalableTarget, change: Change, *, is_fulfilled: bool) -> None:
    words = _words(target, change)
    message = f"Successfully set {words} {fulfilled(target) if is_fulfilled else waiting(target)}"
    status = SUCCESSFUL if is_fulfilled else IN_PROGRESS
    id = append_activity(tx, target, f"Setting {words}", change.cause, status, message)
    pending = "" if is_fulfilled else id
    decision = change.decision
    if decision is None:
        _note(tx, target, not_scaled="", pending=pending)
    elif decision.alarm == HIGH:
        _note(tx, target, not_scaled="", pending=pending, last_out_at=tx.now, last_out_wanted=decision.wanted)
    else:
        _note(tx, target, not_scaled="", pending=pending, last_in_at=tx.now)


def _append_failure(tx: Transaction, target: ScalableTarget, change: Change, failure: str) -> None:
    if target.definition.not_scaled == failure:
        return
    words = _words(target, change)
    message = f"Failed to set {words} Reason: {failure}"
    append_activity(tx, target, f"Setting {words}", change.cause, FAILED, message)
    _note(tx, target, not_scaled=failure)


def _append_not_scaled(tx: Transaction, target: ScalableTarget, cause: str, decision: Decision) -> None:
    if target.definition.not_scaled == decision.reason:
        return
    bound = (
        {"MaxCapacity": target.definition.maximum}
        if decision.alarm == HIGH
        else {"MinCapacity": target.definition.minimum}
    )
    append_activity(tx, target, _ATTEMPT, cause, FAILED, reason={"Code": decision.reason, **bound})
    _note(tx, target, not_scaled=decision.reason)


def _finish(tx: Transaction, target: ScalableTarget) -> None:
    finish_activity(tx, target, target.definition.pending)
    _note(tx, target, pending="")


def _note(tx: Transaction, target: ScalableTarget, **members: object) -> None:
    """Change what a target remembers of its scaling; its bounds may have changed meanwhile and stay."""
    current = store.find_target_by_arn(tx, target.arn)
    if current is not None:
        store.update_definition(tx, target.arn, replace(current.definition, **members))
