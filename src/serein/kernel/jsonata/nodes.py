"""The nodes of an expression's tree."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, eq=False)
class Slot:
    """What a `%` stands for: the value `level` steps above, bound to `label` while its path is followed."""

    index: int
    label: str = ""
    level: int = 1

    def __post_init__(self) -> None:
        self.label = f"!{self.index}"


@dataclass(slots=True, eq=False)
class Node:
    """One construct of an expression; what it has depends on its type."""

    type: str
    position: int
    value: Any = None
    lhs: Any = None
    rhs: Any = None
    arguments: list["Node"] = field(default_factory=list)
    expressions: list["Node"] = field(default_factory=list)
    pairs: list[tuple["Node", "Node"]] = field(default_factory=list)
    """Of an object or a grouping: keys and values."""
    terms: list["Node"] = field(default_factory=list)
    """Of a sort."""
    steps: list["Node"] = field(default_factory=list)
    """Of a path."""
    predicates: list["Node"] | None = None
    stages: list["Node"] | None = None
    """Filters and index bindings of a step."""
    group: "Node | None" = None
    expression: Any = None
    condition: Any = None
    then: Any = None
    otherwise: Any = None
    pattern: Any = None
    update: Any = None
    delete: Any = None
    procedure: Any = None
    body: Any = None
    signature: Any = None
    focus: str | None = None
    """The variable of `@$v`."""
    index: str | None = None
    """The variable of `#$i`."""
    ancestor: Slot | None = None
    slot: Any = None
    seeking: list[Slot] | None = None
    """Parents (`%`) within that are still to be found in the path around."""
    is_tuple: bool = False
    is_cons_array: bool = False
    is_descending: bool = False
    is_thunk: bool = False
    keep_array: bool = False
    keep_singleton_array: bool = False
