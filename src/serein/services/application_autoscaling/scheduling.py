"""Scheduled actions at work: new bounds for their scalable targets."""

from msgspec.structs import replace

from serein.kernel.database import Transaction
from serein.services.application_autoscaling import store
from serein.services.application_autoscaling.activities import FAILED, SUCCESSFUL, append_activity
from serein.services.application_autoscaling.errors import ValidationException
from serein.services.application_autoscaling.scheduledactions import next_due
from serein.services.application_autoscaling.store import Part
from serein.services.application_autoscaling.targets import parse_bounds


def trigger_due(tx: Transaction, now: float) -> None:
    """Do the scheduled actions whose time has come."""
    for part in store.due_actions(tx, now):
        due_at = next_due(part.definition, now)
        store.put_part(tx, store.ACTIONS, part.target.arn, part.name, part.definition, due_at)
        _trigger(tx, part, now)


def _trigger(tx: Transaction, part: Part, now: float) -> None:
    # Why again: an action before may have changed the same target.
    target = store.find_target_by_arn(tx, part.target.arn)
    if target is None or target.definition.is_suspended("ScheduledScaling"):
        return
    action = part.definition["ScalableTargetAction"]
    named = (("min capacity", "MinCapacity"), ("max capacity", "MaxCapacity"))
    what = " and ".join(f"{words} to {action[member]}" for words, member in named if member in action)
    cause = f"scheduled action name {part.name} was triggered"
    try:
        minimum, maximum = parse_bounds(action, target.definition.bounds, target.address.namespace)
    except ValidationException as error:
        failure = f"Failed to set {what}. Reason: {error.message}"
        append_activity(tx, target, f"Setting {what}", cause, FAILED, failure)
        return
    definition = replace(target.definition, minimum=minimum, maximum=maximum)
    store.put_target(tx, target._replace(definition=definition), now if target.is_scaled_here else None)
    append_activity(tx, target, f"Setting {what}", cause, SUCCESSFUL, f"Successfully set {what}")
