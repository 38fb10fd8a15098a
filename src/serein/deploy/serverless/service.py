"""A service: a configuration whose variables are resolved, in the form that its compilation reads."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.fragments import normalized

ROLE = "IamRoleLambdaExecution"


@dataclass(frozen=True)
class Function:
    """A function of a service."""

    key: str
    """Its name in the configuration."""
    name: str
    """Its name in the account."""
    settings: Mapping[str, Any]

    @cached_property
    def prefix(self) -> str:
        """What the logical ids of its resources begin with."""
        return normalized(self.key)

    @cached_property
    def logical_id(self) -> str:
        return f"{self.prefix}LambdaFunction"

    @property
    def arn(self) -> Any:
        return {"Fn::GetAtt": [self.logical_id, "Arn"]}

    def events(self, kind: str) -> Iterator[Any]:
        """The settings of its events of a kind."""
        return (given for _, given in self.numbered_events(kind))

    def numbered_events(self, kind: str) -> Iterator[tuple[int, Any]]:
        """Those with their place among all its events, from 1."""
        for number, event in enumerate(self.settings.get("events") or (), 1):
            if isinstance(event, dict) and event.get(kind) is not None:
                yield number, event[kind]


@dataclass(frozen=True)
class Service:
    """A service of one stage."""

    name: str
    stage: str
    folder: Path
    provider: Mapping[str, Any]
    functions: tuple[Function, ...]
    document: Mapping[str, Any]
    """All of the configuration, functions and provider in their long forms."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Of the project's .env files."""

    @property
    def stack_name(self) -> str:
        return str(self.provider.get("stackName") or f"{self.name}-{self.stage}")

    @cached_property
    def plugins(self) -> tuple[str, ...]:
        given = self.document.get("plugins") or ()
        return tuple(str(each) for each in (given.get("modules") or () if isinstance(given, dict) else given))

    @cached_property
    def custom(self) -> Mapping[str, Any]:
        given = self.document.get("custom")
        return given if isinstance(given, dict) else {}

    @cached_property
    def has_shared_role(self) -> bool:
        """Whether there is a function without a role of its own."""
        return self.external_role is None and any("role" not in each.settings for each in self.functions)

    @cached_property
    def external_role(self) -> Any:
        """The role that the provider names, which is there already; None when the service makes one."""
        given = (self.provider.get("iam") or {}).get("role")
        if isinstance(given, str) or (
            isinstance(given, dict) and any(key.startswith(("Fn::", "Ref")) for key in given)
        ):
            return given
        return self.provider.get("role")

    def find_function(self, key: str) -> Function | None:
        return next((each for each in self.functions if each.key == key), None)

    def require_function(self, key: str, what: str) -> Function:
        """Raises TemplateInvalid."""
        found = self.find_function(key)
        if found is None:
            raise TemplateInvalid(f"{what} names the function {key}, which the service doesn't have.")
        return found


def read_service(document: Any, stage: str, folder: Path, variables: Mapping[str, str]) -> Service:
    """Of a configuration whose variables are resolved. Raises TemplateInvalid."""
    if not isinstance(document, dict):
        raise TemplateInvalid("serverless.yml holds no object.")
    given = document.get("service")
    name = given.get("name") if isinstance(given, dict) else given
    if not isinstance(name, str) or not name:
        raise TemplateInvalid("serverless.yml needs the name of the service: `service: …`.")
    provider = document.get("provider")
    provider = {"name": provider} if isinstance(provider, str) else provider
    if not isinstance(provider, dict) or provider.get("name") != "aws":
        raise TemplateInvalid("The provider of serverless.yml has to be aws.")
    functions = merged_list(document.get("functions"), "functions")
    document = {**document, "provider": provider, "functions": functions}
    made = []
    for key, settings in functions.items():
        if not isinstance(settings, dict):
            raise TemplateInvalid(f"functions.{key} is not an object.")
        made.append(Function(str(key), str(settings.get("name") or f"{name}-{stage}-{key}"), settings))
    return Service(name, stage, folder, provider, tuple(made), document, variables)


def merged_list(given: Any, place: str) -> dict[str, Any]:
    """An object, or the objects of a list in one. Raises TemplateInvalid."""
    merged: dict[str, Any] = {}
    for part in given if isinstance(given, list) else [given]:
        if part is None:
            continue
        if not isinstance(part, dict):
            raise TemplateInvalid(f"{place} holds something that is not an object: {str(part)[:60]!r}.")
        merged = deep_merged(merged, part)
    return merged


def deep_merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Both, member by member; the other's where both have one that is no object."""
    merged = dict(one)
    for key, value in other.items():
        mine = merged.get(key)
        merged[key] = deep_merged(mine, value) if isinstance(mine, dict) and isinstance(value, dict) else value
    return merged
