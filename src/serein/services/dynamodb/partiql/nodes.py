"""The trees that statements are parsed into; parameters are still numbers.

Conditions, updates and paths are those of `expressions.nodes`. A value in them is a `ValueName`, and what it stands for
is one of the statement's `values`.
"""

from dataclasses import dataclass
from typing import Union

from serein.services.dynamodb.expressions.nodes import Action, Condition, Path
from serein.services.dynamodb.values import Value


@dataclass(frozen=True, slots=True)
class Literal:
    """A value in stored form."""

    value: Value


@dataclass(frozen=True, slots=True)
class Parameter:
    """A `?`: the how-manieth, from 0."""

    position: int


@dataclass(frozen=True, slots=True)
class ListOf:
    members: tuple["Template", ...]


@dataclass(frozen=True, slots=True)
class SetOf:
    members: tuple["Template", ...]


@dataclass(frozen=True, slots=True)
class MapOf:
    entries: tuple[tuple[str, "Template"], ...]


Template = Union[Literal, Parameter, ListOf, SetOf, MapOf]  # noqa: UP007 - the names are forward references


@dataclass(frozen=True, slots=True)
class Order:
    """One term of ORDER BY."""

    name: str
    is_descending: bool


@dataclass(frozen=True, slots=True)
class Select:
    table: str
    index: str | None
    columns: tuple[Path, ...] | None
    """None for `*`."""
    where: Condition | None
    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True)
class Insert:
    table: str
    item: Template


@dataclass(frozen=True, slots=True)
class Update:
    table: str
    actions: tuple[Action, ...]
    where: Condition | None
    returning: str
    """`ALL OLD`, `MODIFIED OLD`, `ALL NEW`, `MODIFIED NEW` or nothing."""


@dataclass(frozen=True, slots=True)
class Delete:
    table: str
    where: Condition | None
    returning: str


@dataclass(frozen=True, slots=True)
class Exists:
    """A transaction's check of a condition."""

    table: str
    where: Condition | None


Write = Insert | Update | Delete | Exists
Statement = Select | Write


@dataclass(frozen=True, slots=True)
class Parsed:
    """A statement, and what it needs to be bound."""

    statement: Statement
    values: tuple[tuple[str, Template], ...]
    names: dict[str, str]
    """Names that look like placeholders of names (`"#n"`) and are none."""
    parameters: int
