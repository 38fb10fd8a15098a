"""Custom domain names: which hosts are APIs' own, and which stage of which API a path below them leads to.

A port like the others: the service that owns domain names keeps it up to date, the front door and the data planes ask.
"""

import asyncio
import re
from collections.abc import Iterable
from collections.abc import Mapping as Headers
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Mapping:
    """A path below a domain name, and the stage it leads to."""

    key: str
    """`orders/v1`; empty for whatever no longer key fits."""
    api_id: str
    stage: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A routing rule: where requests with certain headers and paths go."""

    headers: tuple[tuple[tuple[str, re.Pattern[str]], ...], ...]
    """Of each of these one header, in lower case, has to fit."""
    base_paths: tuple[str, ...] | None
    """None where any path will do."""
    api_id: str
    stage: str
    strips_base_path: bool

    def find(self, path: str, headers: Headers[str, str]) -> tuple[Mapping, str] | None:
        """Where a request goes, as a mapping, and the path that is left of it; None when the rule doesn't fit."""
        if not all(
            any(pattern.fullmatch(headers.get(name, "")) and name in headers for name, pattern in any_of)
            for any_of in self.headers
        ):
            return None
        if self.base_paths is None:
            return Mapping("", self.api_id, self.stage), path
        for base in self.base_paths:
            if f"{path}/".startswith(f"/{base}/"):
                key = base if self.strips_base_path else ""
                return Mapping(key, self.api_id, self.stage), (path[len(base) + 1 :] or "/") if key else path
        return None


@dataclass(frozen=True, slots=True)
class Privacy:
    """What a private domain name has besides: who may come in."""

    arn: str
    """Of the domain name as what is invoked."""
    policy: str
    """A policy document."""
    endpoints: tuple[str, ...]
    """The VPC endpoints that are associated with it."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain name with its mappings, the longest keys first."""

    name: str
    account: str
    region: str
    mappings: tuple[Mapping, ...] = ()
    truststore: str = ""
    """Certificates in PEM: where there are any, clients have to have one that comes from them."""

    rules: tuple[Rule, ...] = ()
    """Asked before the mappings, in this order."""

    privacy: Privacy | None = None
    """None for a public domain name."""

    def find(self, path: str, headers: Headers[str, str]) -> tuple[Mapping, str] | None:
        """The mapping of a path (with its slash) and the rest of the path, which has one too."""
        for rule in self.rules:
            if (found := rule.find(path, headers)) is not None:
                return found
        for mapping in self.mappings:
            if not mapping.key:
                return mapping, path
            prefix = f"/{mapping.key}"
            if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in ("", "/"):
                return mapping, path[len(prefix) :] or "/"
        return None


class Domains:
    """The domain names that are known, by host."""

    def __init__(self) -> None:
        self._domains: dict[str, Domain] = {}
        self._coming: asyncio.Event | None = None

    def expect(self) -> None:
        """Say that the names are still to come: `ready` waits for them."""
        self._coming = asyncio.Event()

    @property
    def is_ready(self) -> bool:
        return self._coming is None

    async def ready(self) -> None:
        """Return once the names are there."""
        if self._coming is not None:
            await self._coming.wait()

    def replace(self, domains: Iterable[Domain]) -> None:
        """Know these and no others."""
        self._domains = {
            domain.name: replace(domain, mappings=tuple(sorted(domain.mappings, key=_longest_first)))
            for domain in domains
        }
        if self._coming is not None:
            self._coming.set()
            self._coming = None

    def find(self, host: str) -> Domain | None:
        """The domain of a host name (lower case, without port); `*.example.com` has those one label below it."""
        if not self._domains:
            return None
        found = self._domains.get(host)
        if found is None and "." in host:
            found = self._domains.get("*." + host.partition(".")[2])
        return found


def _longest_first(mapping: Mapping) -> tuple[int, int]:
    return (-mapping.key.count("/") if mapping.key else 1, -len(mapping.key))
