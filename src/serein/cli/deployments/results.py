"""What came of a deployment, and what one would change: lines for people, documents for machines."""

import json
from collections import Counter
from typing import Any

import click

from serein.cli.summary import local_outputs, summary_lines, urls_of
from serein.deploy import Deployed, Target
from serein.deploy.plans import ABSENT, KNOWN_LATER, Plan, ResourceChange, ValueChange

_ORDER = ("created", "updated", "replaced", "deleted")
_SIGNS = {"add": ("+", "green"), "change": ("~", "yellow"), "replace": ("±", "red"), "remove": ("-", "red")}
_LONGEST_VALUE = 60


def deployed_lines(deployed: Deployed, target: Target, seconds: float) -> list[str]:
    """A stack that was deployed, with what it holds."""
    return [click.style(outcome(deployed, seconds), bold=True), *summary_lines(deployed, target)]


def outcome(deployed: Deployed, seconds: float) -> str:
    """In one line what a deployment did."""
    if not deployed.is_changed:
        return f"{deployed.name}: nothing has changed ({len(deployed.types)} resources, {seconds:.1f} s)."
    counts = Counter(deployed.changes.values())
    told = [f"{counts[what]} {what}" for what in _ORDER if counts[what]]
    untouched = len(set(deployed.types) - set(deployed.changes))
    told += [f"{untouched} unchanged"] if untouched else []
    return f"{deployed.name}: deployed in {seconds:.1f} s ({', '.join(told) or 'outputs or tags only'})."


def deployed_document(deployed: Deployed, target: Target, seconds: float) -> dict[str, Any]:
    """The same for machines."""
    return {
        "stack": deployed.name,
        "changed": deployed.is_changed,
        "changes": deployed.changes,
        "outputs": local_outputs(deployed.outputs, target.endpoint),
        "resources": {
            name: {"type": deployed.types[name], "id": identity} for name, identity in deployed.resources.items()
        },
        "urls": urls_of(deployed, target),
        "notices": deployed.warnings,
        "seconds": round(seconds, 3),
    }


def plan_lines(plan: Plan) -> list[str]:
    """What a deployment would change of a stack."""
    if plan.is_empty:
        return [f"{plan.stack}: nothing would change."]
    counts = Counter(change.action for change in plan.resources)
    words = {"add": "added", "change": "changed", "replace": "replaced", "remove": "removed"}
    told = ", ".join(f"{counts[action]} {word}" for action, word in words.items() if counts[action])
    new = " (a new stack)" if plan.is_new else ""
    lines = [click.style(f"{plan.stack}{new}: {told or 'outputs or tags would change, no resource'}.", bold=True)]
    width = max((len(change.logical_id) for change in plan.resources), default=0)
    for change in plan.resources:
        lines += _change_lines(change, width)
    lines += [f"  Notice  {problem.subject} ({problem.kind}): {problem.message}" for problem in plan.without_effect]
    return lines


def plan_document(plan: Plan) -> dict[str, Any]:
    """The same for machines. A value that isn't there is left out."""
    changes = []
    for change in plan.resources:
        values = []
        for value in change.values:
            pair = (("before", value.before), ("after", value.after))
            values.append({"name": value.name, **{key: each for key, each in pair if each is not ABSENT}})
        changes.append({"action": change.action, "resource": change.logical_id, "type": change.type, "values": values})
    return {
        "stack": plan.stack,
        "new": plan.is_new,
        "empty": plan.is_empty,
        "changes": changes,
        "notices": [f"{each.subject} ({each.kind}): {each.message}" for each in plan.without_effect],
    }


def _change_lines(change: ResourceChange, width: int) -> list[str]:
    sign, colour = _SIGNS[change.action]
    note = ""
    if change.action == "replace":
        note = "  may be replaced" if change.is_conditional else "  is replaced"
    line = f"  {click.style(sign, fg=colour)} {change.logical_id:<{width}}  {change.type}{click.style(note, fg=colour)}"
    return [line.rstrip(), *(_value_line(value) for value in change.values)]


def _value_line(value: ValueChange) -> str:
    if value.name.endswith(("Code.S3Key", "Content.S3Key")):
        return f"      {value.name.removesuffix('.S3Key')}: other files"
    return f"      {value.name}: {_shown(value.before)} → {_shown(value.after)}"


def _shown(value: Any) -> str:
    if value is ABSENT:
        return "(none)"
    if value == KNOWN_LATER:
        return "(known after the deployment)"
    text = value if isinstance(value, str) else json.dumps(value)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
