"""What a target gets of an event: all of it, a part, a constant, or a template filled in.

AWS: in a template, a variable outside of quotation marks becomes a JSON value; inside of them its text, and of an
object or array the JSON text without its quotation marks. A variable whose path finds nothing is empty.
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html)
"""

import re
from typing import Any

import msgspec

from serein.kernel.event_paths import ABSENT, value_at
from serein.services.events.entries import encode, time_text

_VARIABLE = re.compile(r"<([A-Za-z0-9_.\-]+)>")
_TOKEN = re.compile(r'\\.|"|<[A-Za-z0-9_.\-]+>', re.DOTALL)
RESERVED = frozenset(
    {
        "aws.events.rule-arn",
        "aws.events.rule-name",
        "aws.events.event.ingestion-time",
        "aws.events.event",
        "aws.events.event.json",
    }
)


def input_of(target: dict[str, Any], event: str, rule_arn: str, ingested_at: float) -> str:
    """The text that a target gets."""
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        path = target["InputPath"]
        if path in ("", "$"):
            return event
        found = value_at(path, msgspec.json.decode(event))
        return "" if found is ABSENT else encode(found).decode()
    transformer = target.get("InputTransformer")
    if transformer is None:
        return event
    document = msgspec.json.decode(event)
    values = {
        name: value_at(path, document) for name, path in (transformer.get("InputPathsMap") or {}).items()
    } | _reserved(document, rule_arn, ingested_at)
    return fill(transformer["InputTemplate"], values)


def variables_in(template: str) -> set[str]:
    return set(_VARIABLE.findall(template))


def fill(template: str, values: dict[str, Any]) -> str:
    """A template with its variables replaced."""
    is_json = template.lstrip()[:1] in ('"', "{", "[", "<")
    parts: list[str] = []
    position, is_quoted = 0, False
    for found in _TOKEN.finditer(template):
        parts.append(template[position : found.start()])
        position = found.end()
        token = found[0]
        if token == '"':
            is_quoted = not is_quoted
        name = token[1:-1]
        if token[0] == "<" and len(token) > 2:
            value = values.get(name, ABSENT)
            parts.append(
                encode("" if value is ABSENT else value).decode() if is_json and not is_quoted else _text(value)
            )
        else:
            parts.append(token)
    parts.append(template[position:])
    return "".join(parts)


def _text(value: Any) -> str:
    """A value within quotation marks."""
    if value is ABSENT:
        return ""
    text = encode(value).decode()
    if isinstance(value, str):
        return text[1:-1]
    return text.replace('\\"', "").replace('"', "") if isinstance(value, dict | list) else text


def _reserved(event: dict[str, Any], rule_arn: str, ingested_at: float) -> dict[str, Any]:
    return {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rsplit("/", 1)[-1],
        "aws.events.event.ingestion-time": time_text(ingested_at),
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
    }
