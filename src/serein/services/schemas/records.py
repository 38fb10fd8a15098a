"""What the service keeps: registries, schemas, versions and discoverers."""

from dataclasses import dataclass
from typing import Any

from serein.kernel.arn import arn_of
from serein.kernel.scope import Scope


@dataclass(frozen=True, slots=True)
class Registry:
    """A registry; `definition` may have Description, Policy and RevisionId."""

    scope: Scope
    name: str
    definition: dict[str, Any]
    tags: dict[str, str]

    @property
    def arn(self) -> str:
        return arn_of("schemas", self.scope, f"registry/{self.name}")

    def described(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"RegistryArn": self.arn, "RegistryName": self.name, "Tags": self.tags}
        return shown | {name: self.definition[name] for name in ("Description",) if name in self.definition}


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a schema."""

    number: int
    type: str
    content: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema without its versions; `last_version` is the number that was given last."""

    scope: Scope
    registry: str
    name: str
    definition: dict[str, Any]
    tags: dict[str, str]
    last_version: int
    modified_at: float

    @property
    def arn(self) -> str:
        return arn_of("schemas", self.scope, f"schema/{self.registry}/{self.name}")

    def described(self, version: Version) -> dict[str, Any]:
        """In the shape of what CreateSchema answers."""
        shown: dict[str, Any] = {
            "LastModified": self.modified_at,
            "SchemaArn": self.arn,
            "SchemaName": self.name,
            "SchemaVersion": str(version.number),
            "Tags": self.tags,
            "Type": version.type,
            "VersionCreatedDate": version.created_at,
        }
        return shown | {name: self.definition[name] for name in ("Description",) if name in self.definition}


@dataclass(frozen=True, slots=True)
class Discoverer:
    """What infers schemas from the events of a bus; `definition` has SourceArn, State and CrossAccount."""

    scope: Scope
    id: str
    definition: dict[str, Any]
    tags: dict[str, str]

    @property
    def arn(self) -> str:
        return arn_of("schemas", self.scope, f"discoverer/{self.id}")

    def summary(self) -> dict[str, Any]:
        return {
            "DiscovererArn": self.arn,
            "DiscovererId": self.id,
            "SourceArn": self.definition["SourceArn"],
            "State": self.definition["State"],
            "CrossAccount": self.definition["CrossAccount"],
            "Tags": self.tags,
        }

    def described(self) -> dict[str, Any]:
        shown = {name: self.definition[name] for name in ("Description",) if name in self.definition}
        return self.summary() | shown
