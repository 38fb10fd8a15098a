"""Input templates, and parameters that are JSON paths.

AWS: in a template, a variable outside of quotation marks becomes a JSON value, inside of them its text; objects and
arrays lose their own quotation marks there. A template that is nothing but a variable gives its value, and one that is
no JSON is text. A path that finds nothing is empty in a template, and fails a parameter.
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html)
"""

import re
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from serein.kernel.event_paths import ABSENT, find_steps, value_at
from serein.services.pipes.errors import TransformationFailed, invalid

encode = msgspec.json.Encoder().encode
_TOKEN = re.compile(r'\\.|"|<(\$[^<>]*|aws\.pipes\.[A-Za-z0-9.\-]+)>', re.DOTALL)
_PATH = re.compile(r"\$(\.[\w/_-]+(\[(\d+|\*)\])*)*\Z")
RESERVED = frozenset(
    {
        "aws.pipes.pipe-arn",
        "aws.pipes.pipe-name",
        "aws.pipes.source-arn",
        "aws.pipes.enrichment-arn",
        "aws.pipes.target-arn",
        "aws.pipes.event.ingestion-time",
        "aws.pipes.event",
        "aws.pipes.event.json",
    }
)


class Rendered(NamedTuple):
    """What an enrichment or a target gets of an event."""

    text: str
    json: str | None
    """The same as a JSON value; None when it was meant for JSON and isn't."""


class _Variable(NamedTuple):
    name: str
    is_quoted: bool


class _Template(NamedTuple):
    parts: tuple[str | _Variable, ...]
    is_json: bool


@lru_cache(maxsize=1024)
def _parse(text: str) -> _Template:
    parts: list[str | _Variable] = []
    position, is_quoted = 0, False
    for found in _TOKEN.finditer(text):
        parts.append(text[position : found.start()])
        position = found.end()
        if found[0] == '"':
            is_quoted = not is_quoted
        parts.append(_Variable(found[1], is_quoted) if found[1] else found[0])
    parts.append(text[position:])
    return _Template(tuple(part for part in parts if part), text.lstrip()[:1] in ('"', "{", "["))


def check_template(place: str, text: str) -> None:
    """Raises ValidationException for variables that there aren't."""
    for part in _parse(text).parts:
        if isinstance(part, _Variable):
            is_known = find_steps(part.name) is not None if part.name.startswith("$") else part.name in RESERVED
            if not is_known:
                raise invalid((place, f"<{part.name}> is not a valid variable."))


def render(text: str, event: Any, opened: Any, values: dict[str, str]) -> Rendered:
    """A template filled in with what paths find in an opened event, and the values of reserved variables."""
    template = _parse(text)
    values = values | {"aws.pipes.event": encode(event).decode()} if "<aws.pipes.event>" in text else values
    filled: list[str] = []
    lone = [part for part in template.parts if not isinstance(part, str) or part.strip()]
    if len(lone) == 1 and isinstance(lone[0], _Variable):
        return _whole(_find(lone[0].name, opened, values))
    for part in template.parts:
        if isinstance(part, str):
            filled.append(part)
            continue
        value = _find(part.name, opened, values)
        if template.is_json and not part.is_quoted:
            filled.append(encode("" if value is ABSENT else value).decode())
        else:
            filled.append(_text(value, is_escaped=template.is_json))
    whole = "".join(filled)
    if not template.is_json:
        return Rendered(whole, encode(whole).decode())
    return Rendered(whole, whole if _is_json(whole) else None)


def _whole(value: Any) -> Rendered:
    if value is ABSENT:
        value = ""
    encoded = encode(value).decode()
    return Rendered(value if isinstance(value, str) else encoded, encoded)


def _find(name: str, opened: Any, values: dict[str, str]) -> Any:
    if name.startswith("$"):
        return value_at(name, opened)
    return opened if name == "aws.pipes.event.json" else values.get(name, ABSENT)


def _text(value: Any, *, is_escaped: bool) -> str:
    if value is ABSENT:
        return ""
    if isinstance(value, str):
        return encode(value).decode()[1:-1] if is_escaped else value
    text = encode(value).decode()
    return text.replace('\\"', "").replace('"', "") if isinstance(value, dict | list) else text


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def resolve(value: str, event: Any) -> str:
    """A parameter's value: what it finds when it is a path, itself otherwise. Raises TransformationFailed."""
    if not value.startswith("$") or not _PATH.match(value):
        return value
    found = value_at(value, event)
    if found is ABSENT or found is None:
        raise TransformationFailed(f"The path {value} finds nothing in the event.")
    return found if isinstance(found, str) else encode(found).decode()
