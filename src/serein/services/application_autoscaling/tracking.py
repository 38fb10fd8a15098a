"""Target tracking of DynamoDB's consumed capacity: when it scales, and to how much.

AWS: consumption above the target for two minutes in a row scales out; 15 minutes in a row at least 20 points below it
scale in (https://repost.aws/knowledge-center/dynamodb-auto-scaling).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

OUT_MINUTES = 2
IN_MINUTES = 15
QUIET_SECONDS = 3 * 3600.0
"""How long nobody looks at what consumes nothing and has the least that it may have: until it consumes something."""
_POINTS_BELOW = 20.0
_SECONDS = 60.0
HIGH, LOW = "AlarmHigh", "AlarmLow"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a policy says."""

    target_percent: float
    out_cooldown_seconds: float = 0.0
    in_cooldown_seconds: float = 0.0
    scales_in: bool = True

    @property
    def low_percent(self) -> float:
        """Below it a table is used too little. Why a half of low targets: 20 points less would leave nothing."""
        return max(self.target_percent - _POINTS_BELOW, self.target_percent / 2)


@dataclass(frozen=True, slots=True)
class Situation:
    """What is scaled, and what was done to it last."""

    capacity: int
    """Units a second."""
    minimum: int
    maximum: int
    last_out_at: float | None = None
    last_out_wanted: int = 0
    last_in_at: float | None = None
    can_scale_out: bool = True
    can_scale_in: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """What an alarm leads to."""

    alarm: str
    """AlarmHigh or AlarmLow."""
    wanted: int
    """The capacity that would meet the target."""
    capacity: int
    """The one within the bounds; the present one when nothing changes."""
    reason: str = ""
    """Why nothing changes."""


def decide(rule: Rule, minutes: Sequence[float], situation: Situation, now: float) -> Decision | None:
    """What follows from the units consumed in each of the last whole minutes, the latest last; None for nothing."""
    per_minute = situation.capacity * _SECONDS / 100
    latest = minutes[-OUT_MINUTES:]
    if len(latest) == OUT_MINUTES and min(latest) > per_minute * rule.target_percent:
        return _out(rule, max(latest), situation, now)
    latest = minutes[-IN_MINUTES:]
    if rule.scales_in and len(latest) == IN_MINUTES and max(latest) < per_minute * rule.low_percent:
        return _in(rule, max(latest), situation, now)
    return None


def _wanted(rule: Rule, units: float) -> int:
    return max(ceil(units / _SECONDS * 100 / rule.target_percent), 1)


def _out(rule: Rule, units: float, situation: Situation, now: float) -> Decision | None:
    if not situation.can_scale_out:
        return None
    wanted = _wanted(rule, units)
    is_cooling = situation.last_out_at is not None and now < situation.last_out_at + rule.out_cooldown_seconds
    # AWS: during the cooldown only a larger scale-out than the last one happens.
    if is_cooling and wanted <= situation.last_out_wanted:
        return None
    if situation.capacity >= situation.maximum:
        return Decision(HIGH, wanted, situation.capacity, "AlreadyAtMaxCapacity")
    return Decision(HIGH, wanted, min(max(wanted, situation.minimum), situation.maximum))


def _in(rule: Rule, units: float, situation: Situation, now: float) -> Decision | None:
    if not situation.can_scale_in:
        return None
    # AWS: a scale-out ends the cooldown of scale-ins.
    last_in = situation.last_in_at
    is_ended = last_in is not None and situation.last_out_at is not None and situation.last_out_at > last_in
    if last_in is not None and not is_ended and now < last_in + rule.in_cooldown_seconds:
        return None
    wanted = _wanted(rule, units)
    if situation.capacity <= situation.minimum:
        return Decision(LOW, wanted, situation.capacity, "AlreadyAtMinCapacity")
    capacity = min(max(wanted, situation.minimum), situation.maximum)
    return Decision(LOW, wanted, capacity) if capacity < situation.capacity else None


def is_quiet(minutes: Sequence[float], decision: Decision | None) -> bool:
    """Whether nothing can happen before something is consumed: nothing was, and there is nothing less to scale to."""
    is_idle = len(minutes) >= IN_MINUTES and not any(minutes)
    return is_idle and decision is not None and decision.alarm == LOW and bool(decision.reason)
