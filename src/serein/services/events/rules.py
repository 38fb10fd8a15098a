"""Rules: what one is, its ARN, and its pattern or schedule."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from serein.kernel.arn import arn_of, find_arn
from serein.kernel.patterns import InvalidPattern, parse_pattern
from serein.kernel.schedule import At, Cron, InvalidSchedule, Rate, parse_schedule
from serein.kernel.scope import Scope
from serein.services.events.buses import DEFAULT
from serein.services.events.errors import InvalidEventPatternException, ManagedRuleException, ValidationException

MOST_TARGETS = 5
MOST_RULES = 300
MOST_TAGS = 50
ENABLED = "ENABLED"
WITH_CLOUDTRAIL = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
MEMBERS = ("EventPattern", "ScheduleExpression", "State", "Description", "RoleArn", "ManagedBy", "CreatedBy")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its targets."""

    scope: Scope
    bus: str
    name: str
    definition: dict[str, Any]
    tags: dict[str, str]
    targets: list[dict[str, Any]]
    due_at: float | None = None
    anchored_at: float = 0.0

    @property
    def arn(self) -> str:
        return rule_arn(self.scope, self.bus, self.name)

    @property
    def is_enabled(self) -> bool:
        return bool(self.definition["State"] != "DISABLED")

    @property
    def is_managed(self) -> bool:
        return "ManagedBy" in self.definition


def rule_arn(scope: Scope, bus: str, name: str) -> str:
    """AWS: the ARN of a rule on the default bus doesn't name the bus."""
    return arn_of("events", scope, f"rule/{name}" if bus == DEFAULT else f"rule/{bus}/{name}")


def place_of_arn(text: str) -> tuple[Scope, str, str] | None:
    """The scope, the bus and the name of the rule that an ARN names; None when it names no rule."""
    arn = find_arn(text)
    if arn is None or not arn.resource.startswith("rule/"):
        return None
    *bus, name = arn.resource.removeprefix("rule/").rsplit("/", 1)
    return arn.scope, bus[0] if bus else DEFAULT, name


def require_pattern(text: str) -> None:
    """Raises InvalidEventPatternException."""
    try:
        parse_pattern(text)
    except InvalidPattern as error:
        raise InvalidEventPatternException(f"Event pattern is not valid. Reason: {error}") from None


@lru_cache(maxsize=1024)
def schedule_of(expression: str) -> Rate | Cron:
    """The schedule of a rule. Raises ValidationException."""
    try:
        found = parse_schedule(expression)
    except InvalidSchedule:
        raise ValidationException("Parameter ScheduleExpression is not valid.") from None
    if isinstance(found, At):
        raise ValidationException("Parameter ScheduleExpression is not valid.")
    return found


def next_due(definition: dict[str, Any], after: float, anchor: float) -> float | None:
    """When a rule is due next, when it is scheduled and enabled."""
    expression = definition.get("ScheduleExpression")
    if not expression or definition["State"] == "DISABLED":
        return None
    return schedule_of(expression).next_after(after, anchor)


def require_unmanaged(rule: Rule, *, is_forced: bool = False) -> None:
    """Raises ManagedRuleException for a rule that only a service may change."""
    if rule.is_managed and not is_forced:
        raise ManagedRuleException(
            f"Rule {rule.name} is a managed rule and can only be modified by {rule.definition['ManagedBy']}."
        )


def described(rule: Rule) -> dict[str, Any]:
    """A rule in the shape of ListRules."""
    shown = {member: value for member, value in rule.definition.items() if member in MEMBERS and member != "CreatedBy"}
    return {"Name": rule.name, "Arn": rule.arn, "EventBusName": rule.bus, **shown}


def parse_tags(given: list[dict[str, str]] | None, *, may_be_aws: bool) -> dict[str, str]:
    """Tags by key; only services may give those of AWS. Raises ValidationException."""
    tags = {tag["Key"]: tag["Value"] for tag in given or ()}
    if len(tags) < len(given or ()):
        raise ValidationException("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    if not may_be_aws and any(key.startswith("aws:") for key in tags):
        raise ValidationException("aws: prefixed tag key names are not allowed for external use.")
    return tags


def pattern_without_replays(text: str | None) -> str:
    """The pattern of an archive's rule: what the archive wants, unless it comes from a replay."""
    pattern = json.loads(text) if text else {}
    return json.dumps({**pattern, "replay-name": [{"exists": False}]}, separators=(",", ":"))
