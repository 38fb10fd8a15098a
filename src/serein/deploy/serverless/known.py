"""What of a configuration is known: keys without effect are named in notices, events that can't be are refused."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.keys import (
    EVENTS,
    FUNCTION,
    PACKAGE,
    PROVIDER,
    TOP,
    WITHOUT_EFFECT,
    Tree,
    is_intrinsic,
    tree_of,
    unread,
)
from serein.deploy.serverless.service import Function, Service

_STAGE = tree_of("params")
_REFUSED = ("alb", "kafka", "msk", "activemq", "rabbitmq", "cloudFront", "iotFleetProvisioning")


def warnings_of(service: Service, of_plugins: Iterable[str] = ()) -> list[str]:
    """What is given but not read, or has no effect; `of_plugins` are keys of functions that plugins read.

    Raises TemplateInvalid for events that can't be had here.
    """
    found = [*_told("serverless.yml", "", service.document, TOP)]
    package = service.document.get("package")
    found += _told("package", "package.", package, PACKAGE)
    if isinstance(package, dict) and package.get("excludeDevDependencies") is False:
        found.append("package.excludeDevDependencies has no effect: development dependencies are never installed.")
    for stage, settings in (service.document.get("stages") or {}).items():
        found += _told(f"stages.{stage}", "stage.", settings, _STAGE)
    found += _told("provider", "provider.", service.provider, PROVIDER)
    function_tree: Tree = {**FUNCTION, **{key: {} for key in of_plugins}}
    for function in service.functions:
        found += _told(f"functions.{function.key}", "function.", function.settings, function_tree)
        found += _event_warnings(function)
    return found


def known_only(document: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration whose functions' events have none but known kinds and keys."""
    functions = {
        key: {
            **settings,
            "events": [_known(event) for event in settings.get("events") or () if _kind(event) in EVENTS],
        }
        for key, settings in document["functions"].items()
    }
    return {**document, "functions": functions}


def _told(place: str, kind: str, given: Any, tree: Tree) -> Iterator[str]:
    """A sentence for each key without effect that is set, and one for all that are not known."""
    unknown = []
    for path, value in unread(given, tree):
        why = WITHOUT_EFFECT.get(f"{kind}{path}")
        if why is None:
            unknown.append(path)
        elif value:
            yield f"{path if place == 'serverless.yml' else f'{place}.{path}'} has no effect: {why}."
    if unknown:
        yield f"{place} has what nothing reads here: {', '.join(sorted(unknown))}."


def _event_warnings(function: Function) -> Iterator[str]:
    for event in function.settings.get("events") or ():
        kind, given = _kind(event), event.get(_kind(event)) if isinstance(event, dict) else None
        if kind in _REFUSED:
            raise TemplateInvalid(f"the function {function.key} has the event {kind}, which is not supported here.")
        if kind not in EVENTS:
            yield f"functions.{function.key} has an event that is not known, and is left out: {kind}."
        else:
            yield from _told(f"functions.{function.key}: the {kind} event", "event.", given, EVENTS[kind])


def _kind(event: Any) -> str:
    """An event's kind; an object has it as its one key, beside which nothing counts."""
    return str(next(iter(event), "")) if isinstance(event, dict) else str(event)


def _known(event: Any) -> Any:
    kind = _kind(event)
    given = event.get(kind) if isinstance(event, dict) else None
    if not isinstance(given, dict) or is_intrinsic(given):
        return event
    return {kind: {key: value for key, value in given.items() if key in EVENTS[kind]}}
