"""Routing: from an event on a bus to what is owed to the targets of the rules that it matches.

All rules of a bus are one automaton, kept in memory for the revision of the bus that it was made for.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from serein.kernel.call import Platform
from serein.kernel.database import Delivery, Policy, Target, Transaction
from serein.kernel.patterns import Automaton, InvalidPattern, parse_pattern
from serein.kernel.scope import Scope
from serein.services.events.entries import encode, time_of
from serein.services.events.rules import Rule
from serein.services.events.store import archived, buses, rules

_DAY_SECONDS = 86_400.0
_MOST_ROUTERS = 256
# Why so patient: the operation that is called keeps to the target's own retry policy; this one is for our own failures.
_POLICY = Policy(maximum_attempts=1000)


@dataclass(frozen=True, slots=True)
class Router:
    """What routes the events of one revision of a bus."""

    revision: str
    automaton: Automaton
    rules: dict[str, Rule]
    awaited: dict[str, bool] = field(default_factory=dict)
    """Whether a rule may match events of a source, as far as that was asked."""


def route(
    tx: Transaction,
    platform: Platform,
    place: tuple[Scope, str],
    event: dict[str, Any],
    *,
    trace_header: str = "",
    only_rules: frozenset[str] = frozenset(),
    hops: tuple[str, ...] = (),
) -> None:
    """Owe an event to whom the rules of a bus name. `only_rules` are ARNs; `hops` are the buses it came through."""
    router = _find_router(tx, platform, place)
    if router is None:
        return
    text = ""
    for name in router.automaton.matches(event):
        rule = router.rules[name]
        if only_rules and rule.arn not in only_rules:
            continue
        text = text or encode(event).decode()
        archive = rule.definition.get("_Archive")
        if archive is not None:
            _archive(tx, archive, event, text)
            continue
        for target in rule.targets:
            send(tx, rule, target, text, trace_header=trace_header, hops=hops)


def is_awaited(tx: Transaction, platform: Platform, place: tuple[Scope, str], source: str) -> bool:
    """Whether a rule of a bus may match events of a source."""
    router = _find_router(tx, platform, place)
    if router is None:
        return False
    found = router.awaited.get(source)
    if found is None:
        found = router.awaited[source] = any(_may_match(rule, source) for rule in router.rules.values())
    return found


def _may_match(rule: Rule, source: str) -> bool:
    """Only a pattern that names other sources in full can't."""
    try:
        wanted = json.loads(rule.definition["EventPattern"]).get("source")
    except ValueError:
        return True
    return wanted is None or source in wanted or not all(isinstance(each, str) for each in wanted)


def send(
    tx: Transaction,
    rule: Rule,
    target: dict[str, Any],
    event: str,
    *,
    trace_header: str = "",
    hops: tuple[str, ...] = (),
) -> None:
    """Owe an event to one target."""
    request: dict[str, Any] = {"Rule": rule.arn, "Target": target, "Event": event, "IngestedAt": tx.now}
    if trace_header:
        request["TraceHeader"] = trace_header
    if hops:
        request["Hops"] = hops
    tx.send(Delivery(Target("events", "DeliverEvent", rule.scope), request, _POLICY))


def _archive(tx: Transaction, archive: dict[str, Any], event: dict[str, Any], text: str) -> None:
    happened_at = time_of(event)
    days = archive["RetentionDays"]
    archived.append_event(
        tx, archive["Arn"], happened_at, event["id"], text, tx.now + days * _DAY_SECONDS if days else None
    )


def _find_router(tx: Transaction, platform: Platform, place: tuple[Scope, str]) -> Router | None:
    revision = buses.find_revision(tx, *place)
    if revision is None:
        return None
    routers: dict[tuple[Scope, str], Router] = platform.memory.setdefault("events routers", {})
    router = routers.get(place)
    if router is None or router.revision != revision:
        if len(routers) >= _MOST_ROUTERS:
            routers.pop(next(iter(routers)))
        # Why this is no effect outside the transaction: revisions are unique, so what is kept is right or unused.
        router = routers[place] = _router(revision, rules.list_rules(tx, *place))
    return router


def _router(revision: str, found: list[Rule]) -> Router:
    routed = {rule.name: rule for rule in found if rule.is_enabled and "EventPattern" in rule.definition}
    return Router(revision, Automaton((name, _clauses(rule)) for name, rule in routed.items()), routed)


def _clauses(rule: Rule) -> Any:
    try:
        return parse_pattern(rule.definition["EventPattern"])
    except InvalidPattern:
        return []
