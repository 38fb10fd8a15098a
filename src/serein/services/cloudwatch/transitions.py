"""Changes of alarms' states: what is written down, what is done, and what becomes of the composite alarms above."""

import json
from datetime import UTC, datetime
from typing import Any

from serein.kernel.database import Transaction
from serein.services.cloudwatch.alarms import ALARM, COMPOSITE, OK, Alarm, State, new_state
from serein.services.cloudwatch.evaluation import moment_text
from serein.services.cloudwatch.history import ACTION, STATE
from serein.services.cloudwatch.notifications import find_delivery, state_event
from serein.services.cloudwatch.rules import parse_rule
from serein.services.cloudwatch.store import alarms as store

_WAIT = "WaitPeriod"
_EXTENSION = "ExtensionPeriod"
_ALARM = "Alarm"
_MOST_LEVELS = 50


def change_state(tx: Transaction, alarm: Alarm, value: str, reason: str, data: str, level: int = 0) -> None:
    """Give an alarm a state; its actions and the composite alarms above follow when it is another one."""
    before = alarm.state
    if before.value == value:
        if (before.reason, before.reason_data) != (reason, data):
            state = before._replace(reason=reason, reason_data=data, updated_at=tx.now)
            store.put_state(tx, alarm._replace(state=state))
        return
    alarm = alarm._replace(state=State(value, reason, data, tx.now, tx.now))
    store.append_history(
        tx,
        alarm,
        STATE,
        f"Alarm updated from {before.value} to {value}",
        {"version": "1.0", "oldState": _shown(before), "newState": _shown(alarm.state)},
    )
    tx.send(state_event(alarm, before))
    alarm = _act(tx, alarm, before)
    store.put_state(tx, alarm)
    _tell_parents(tx, alarm, level)


def _shown(state: State) -> dict[str, Any]:
    shown = {"stateValue": state.value, "stateReason": state.reason}
    return shown | {"stateReasonData": state.reason_data} if state.reason_data else shown


def _tell_parents(tx: Transaction, child: Alarm, level: int) -> None:
    # Why: rules may go round in a circle, and then states could change for ever.
    if level >= _MOST_LEVELS:
        return
    for parent in store.parents_of(tx, child.arn):
        if parent.definition.get("ActionsSuppressor") == child.arn:
            reconsider_actions(tx, parent)
        if child.arn in parse_rule(parent.definition["AlarmRule"], parent.scope).children:
            evaluate_composite(tx, parent, child, level + 1)


def evaluate_composite(tx: Transaction, alarm: Alarm, child: Alarm | None, level: int = 0) -> None:
    """Give a composite alarm the state that its rule means."""
    rule = parse_rule(alarm.definition["AlarmRule"], alarm.scope)
    value = ALARM if rule.holds(store.states_of(tx, rule.children)) else OK
    if child is None:
        reason = f"{alarm.arn} was created and its alarm rule evaluates to {value}"
    else:
        moment = datetime.fromtimestamp(child.state.transitioned_at, UTC)
        reason = f"{child.arn} transitioned to {child.state.value} at {moment:%A %d %B, %Y %H:%M:%S} UTC"
    if value != alarm.state.value:
        change_state(tx, alarm, value, reason, _reason_data(child), level)


def _reason_data(child: Alarm | None) -> str:
    if child is None:
        return ""
    state = {"value": child.state.value, "timestamp": moment_text(child.state.transitioned_at)}
    return json.dumps({"triggeringAlarms": [{"arn": child.arn, "state": state}]}, separators=(",", ":"))


def _act(tx: Transaction, alarm: Alarm, before: State) -> Alarm:
    """Do what an alarm does in its state, unless that is held back. Return it with what is known of that."""
    if alarm.kind == COMPOSITE and "ActionsSuppressor" in alarm.definition and alarm.actions(alarm.state.value):
        held = _held_back(tx, alarm, before)
        if held is not None:
            store.set_due(tx, alarm.arn, held.until or None)
            return alarm._replace(state=held)
    run_actions(tx, alarm, before)
    return alarm


def run_actions(tx: Transaction, alarm: Alarm, before: State) -> None:
    """Owe the calls that an alarm's state asks for."""
    if not alarm.is_acting:
        return
    triggers = _triggers(tx, alarm) if alarm.kind == COMPOSITE else []
    for action in alarm.actions(alarm.state.value):
        delivery = find_delivery(action, alarm, before, triggers)
        data = {"actionState": "Succeeded", "stateUpdateTimestamp": int(tx.now * 1000), "notificationResource": action}
        if delivery is None:
            data |= {"actionState": "Failed", "error": "Serein does not implement actions of this kind"}
            store.append_history(tx, alarm, ACTION, f"Failed to execute action {action}", data)
        else:
            tx.send(delivery)
            store.append_history(tx, alarm, ACTION, f"Successfully executed action {action}", data)


def _triggers(tx: Transaction, alarm: Alarm) -> list[dict[str, Any]]:
    children = (store.find_alarm_by_arn(tx, arn) for arn in sorted(store.children_of(tx, alarm.arn)))
    return [
        {
            "Arn": child.arn,
            "State": {"Value": child.state.value, "Timestamp": moment_text(child.state.transitioned_at)},
        }
        for child in children
        if child is not None and child.state.value == ALARM
    ]


def _held_back(tx: Transaction, alarm: Alarm, before: State) -> State | None:
    """The alarm's state when its suppressor, or the wait for it, holds its actions back.

    AWS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html
    """
    definition = alarm.definition
    suppressor = definition["ActionsSuppressor"]
    if store.states_of(tx, [suppressor]).get(suppressor) == ALARM:
        return alarm.state._replace(
            suppressed_by=_ALARM, suppressed_reason=f"Actions suppressed by {suppressor}", since=before.value
        )
    wait = definition["ActionsSuppressorWaitPeriod"]
    if wait and alarm.state.value == ALARM:
        return alarm.state._replace(
            suppressed_by=_WAIT,
            suppressed_reason=f"Actions suppressed by WaitPeriod, waiting for {suppressor} to go into ALARM",
            since=before.value,
            until=tx.now + wait,
        )
    return None


def reconsider_actions(tx: Transaction, alarm: Alarm) -> None:
    """Look again at actions that are held back: the suppressor changed, or the time is over."""
    state, suppressor = alarm.state, alarm.definition.get("ActionsSuppressor", "")
    if not state.suppressed_by:
        store.set_due(tx, alarm.arn, None)
        return
    if store.states_of(tx, [suppressor]).get(suppressor) == ALARM:
        held = state._replace(suppressed_by=_ALARM, suppressed_reason=f"Actions suppressed by {suppressor}", until=0.0)
        store.set_due(tx, alarm.arn, None)
        store.put_state(tx, alarm._replace(state=held))
        return
    extension = alarm.definition.get("ActionsSuppressorExtensionPeriod", 0)
    if state.suppressed_by == _ALARM and extension:
        reason = f"Actions suppressed by ExtensionPeriod after {suppressor} left ALARM"
        held = state._replace(suppressed_by=_EXTENSION, suppressed_reason=reason, until=tx.now + extension)
        store.set_due(tx, alarm.arn, held.until)
        store.put_state(tx, alarm._replace(state=held))
        return
    if state.until > tx.now:
        return
    alarm = alarm._replace(state=state._replace(suppressed_by="", suppressed_reason="", since="", until=0.0))
    store.set_due(tx, alarm.arn, None)
    store.put_state(tx, alarm)
    run_actions(tx, alarm, new_state(state.transitioned_at)._replace(value=state.since))
