"""The trees that expressions are parsed into; placeholders are still names."""

from dataclasses import dataclass
from typing import Union

PathPart = str | int


@dataclass(frozen=True, slots=True)
class Path:
    """A document path: names (`#n` where a placeholder stands for one) and list positions."""

    parts: tuple[PathPart, ...]


@dataclass(frozen=True, slots=True)
class ValueName:
    """A placeholder for a value, `:v`."""

    name: str


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    arguments: tuple["Operand", ...]


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`a + b` or `a - b` in a SET."""

    sign: str
    left: "Operand"
    right: "Operand"


Operand = Union[Path, ValueName, Function, Arithmetic]  # noqa: UP007 - the names are forward references


@dataclass(frozen=True, slots=True)
class Comparison:
    sign: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Between:
    value: Operand
    low: Operand
    high: Operand


@dataclass(frozen=True, slots=True)
class In:
    value: Operand
    choices: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Not:
    condition: "Condition"


@dataclass(frozen=True, slots=True)
class And:
    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Or:
    conditions: tuple["Condition", ...]


Condition = Union[Comparison, Between, In, Not, And, Or, Function]  # noqa: UP007 - as above


@dataclass(frozen=True, slots=True)
class Action:
    """One change of an update: `SET path = operand`, `REMOVE path`, `ADD path :v` or `DELETE path :v`."""

    clause: str
    path: Path
    operand: Operand | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A whole expression, and the placeholders that it uses in the order of their first use."""

    tree: "Condition | tuple[Action, ...] | tuple[Path, ...]"
    names: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
