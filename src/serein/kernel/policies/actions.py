"""The actions that a statement names, sorted by service: policies of AWS's own name thousands."""

from collections.abc import Iterable

from serein.kernel.policies.patterns import Match, compile_text, tokens_of
from serein.kernel.policies.requests import Request

_WILDCARDS = ("*", "?")


class _Names:
    """Names, beginnings of names, and other patterns, in lower case."""

    __slots__ = ("_beginnings", "_names", "_others")

    def __init__(self, patterns: Iterable[str]) -> None:
        names: set[str] = set()
        beginnings: list[str] = []
        others: list[Match] = []
        for pattern in patterns:
            beginning = pattern.removesuffix("*")
            if not any(each in beginning for each in _WILDCARDS):
                if beginning == pattern:
                    names.add(pattern)
                else:
                    beginnings.append(beginning)
            else:
                others.append(compile_text(tokens_of(pattern, has_variables=False)))
        self._names = frozenset(names)
        self._beginnings = tuple(beginnings)
        self._others = tuple(others)

    def match(self, text: str, request: Request) -> bool:
        return (
            text in self._names
            or text.startswith(self._beginnings)
            or any(match(text, request) for match in self._others)
        )


def compile_actions(patterns: list[str]) -> Match:
    """Whether an action, in lower case, is among those that are named in any case."""
    lowered = [pattern.lower() for pattern in patterns]
    services: dict[str, list[str]] = {}
    everywhere: list[str] = []
    for pattern in lowered:
        service, colon, _ = pattern.partition(":")
        if colon and not any(each in service for each in _WILDCARDS):
            services.setdefault(service, []).append(pattern)
        else:
            everywhere.append(pattern)
    if len(services) + bool(everywhere) == 1:
        return _Names(lowered).match
    by_service = {service: _Names(found) for service, found in services.items()}
    general = _Names(everywhere)

    def match(text: str, request: Request) -> bool:
        found = by_service.get(text.partition(":")[0])
        return (found is not None and found.match(text, request)) or general.match(text, request)

    return match
