"""Updates: from a tree and a request's placeholders to a function that makes the new item.

Every operand is read from the item as it was. An item is never changed in place: what lies on the way to a changed
attribute is copied, the rest is shared with the old item.
"""

from collections.abc import Callable
from typing import Any

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.binding import Getter, Placeholders, Resolved, find_at, require_apart
from serein.services.dynamodb.expressions.conditions import getter_of
from serein.services.dynamodb.expressions.nodes import Action, Arithmetic, Function, Operand, Path, ValueName
from serein.services.dynamodb.numbers import add, subtract
from serein.services.dynamodb.values import Item, Value, kind_of, require_nesting

Change = Callable[[Value | None], Value | None]
"""From an attribute's old value to its new one; None means that there is none."""
_LONG_NAMES = {
    "S": "STRING", "N": "NUMBER", "B": "BINARY", "NULL": "NULL", "BOOL": "BOOLEAN", "L": "LIST", "M": "MAP",
}  # fmt: skip


class Update:
    """The changes of one update, ready to be applied."""

    __slots__ = ("_steps", "only_removes", "paths")

    def __init__(self, steps: list[tuple[str, Resolved, Any]]) -> None:
        """`steps` are (clause, path, getter of a SET's value or Change of an ADD or DELETE)."""
        self._steps = steps
        self.paths = [path for _, path, _ in steps]
        self.only_removes = bool(steps) and all(clause in ("REMOVE", "DELETE") for clause, _, _ in steps)

    def apply(self, item: Item) -> Item:
        """The item after the update. Raises ValidationException when an operand or a path doesn't fit the item."""
        new = _Draft(item)
        settled: list[tuple[str, Resolved, Any]] = [
            (clause, path, _require_value(operand(item)) if clause == "SET" else operand)
            for clause, path, operand in self._steps
        ]
        removals = []
        for clause, path, operand in settled:
            if clause == "SET":
                if len(path) > 1:
                    require_nesting(operand, len(path))
                new.put(path, operand)
            elif clause == "REMOVE":
                removals.append(path)
            else:
                changed = operand(find_at(item, path))
                if changed is not None:
                    new.put(path, changed)
                else:
                    removals.append(path)
        # Why: positions in a list are those before the update, so the last ones go first.
        for path in sorted(removals, key=_position, reverse=True):
            new.remove(path)
        return new.item


class _Draft:
    """An item being changed: containers are copied the first time something in them changes."""

    __slots__ = ("_owned", "item")

    def __init__(self, item: Item) -> None:
        self.item = dict(item)
        self._owned: dict[Resolved, Any] = {}

    def _container(self, path: Resolved) -> Any:
        """The dict or list that holds what is at `path`, made safe to change."""
        container: Any = self.item
        for depth in range(1, len(path)):
            prefix = path[:depth]
            inner = self._owned.get(prefix)
            if inner is None:
                inner = self._own(container, prefix, path[depth])
            container = inner
        return container

    def _own(self, container: Any, prefix: Resolved, below: str | int) -> Any:
        part: Any = prefix[-1]
        kind = "M" if isinstance(below, str) else "L"
        try:
            value = container[part]
        except (KeyError, IndexError):
            raise _invalid_path() from None
        if kind not in value:
            raise _invalid_path()
        copied = value[kind].copy()
        container[part] = {kind: copied}
        self._owned[prefix] = copied
        return copied

    def put(self, path: Resolved, value: Value) -> None:
        container, part = self._container(path), path[-1]
        if isinstance(container, list) and isinstance(part, int) and part >= len(container):
            container.append(value)
        else:
            container[part] = value

    def remove(self, path: Resolved) -> None:
        container, part = self._container(path), path[-1]
        if isinstance(container, dict):
            container.pop(part, None)
        elif isinstance(part, int) and part < len(container):
            del container[part]


def bind_update(actions: tuple[Action, ...], placeholders: Placeholders) -> Update:
    """An update ready to be applied. Raises ValidationException, without the expression's kind."""
    paths = [placeholders.path(action.path) for action in actions]
    require_apart(paths)
    for action in actions:
        _require_set_operand(action, placeholders)
    steps = [(action.clause, path, _bind(action, placeholders)) for action, path in zip(actions, paths, strict=True)]
    # Why: list positions past the end append, in the order of the positions.
    steps.sort(key=lambda step: _position(step[1]) if step[0] == "SET" else ())
    return Update(steps)


def set_value(value: Value) -> Getter:
    """A SET to a given value (legacy PUT)."""
    return lambda item: value


def _bind(action: Action, placeholders: Placeholders) -> Any:
    if action.operand is None:
        return None
    if action.clause == "SET":
        _require_operand_types(action.operand, placeholders)
        return _bind_operand(action.operand, placeholders)
    value = placeholders.immediate(action.operand)
    if value is None:
        raise ValidationException("Operator or function requires a value")
    return adder(value) if action.clause == "ADD" else deleter(value)


def _bind_operand(operand: Operand, placeholders: Placeholders) -> Getter:
    if isinstance(operand, ValueName):
        value = placeholders.value(operand)
        return lambda item: value
    if isinstance(operand, Path):
        return getter_of(placeholders.path(operand))
    if isinstance(operand, Arithmetic):
        left, right = _bind_operand(operand.left, placeholders), _bind_operand(operand.right, placeholders)
        calculate = add if operand.sign == "+" else subtract
        return lambda item: {"N": calculate(_require(left(item), "N"), _require(right(item), "N"))}
    first, second = [_bind_operand(argument, placeholders) for argument in operand.arguments]
    if operand.name == "if_not_exists":

        def existing(item: Item) -> Value | None:
            found = first(item)
            return found if found is not None else second(item)

        return existing
    return lambda item: {"L": _require(first(item), "L") + _require(second(item), "L")}


def _require_arguments(function: Function) -> None:
    if len(function.arguments) != 2:
        raise ValidationException(
            "Incorrect number of operands for operator or function; "
            f"operator or function: {function.name}, number of operands: {len(function.arguments)}"
        )
    if function.name == "if_not_exists" and not isinstance(function.arguments[0], Path):
        raise ValidationException(
            f"Operator or function requires a document path; operator or function: {function.name}"
        )


def _require_set_operand(action: Action, placeholders: Placeholders) -> None:
    """Check the type of what an ADD or DELETE is given. Raises ValidationException."""
    if action.operand is None or action.clause == "SET":
        return
    kind = kind_of(placeholders.immediate(action.operand) or {})
    if len(kind) != 2 and not (action.clause == "ADD" and kind == "N"):
        raise ValidationException(
            f"Incorrect operand type for operator or function; operator: {action.clause}, operand type: "
            f"{_LONG_NAMES[kind]}, typeSet: ALLOWED_FOR_{action.clause}_OPERAND"
        )


def _require_operand_types(operand: Operand, placeholders: Placeholders) -> None:
    """Check arguments as far as they can be known without an item: their number and the types of given values."""
    if isinstance(operand, Function):
        _require_arguments(operand)
    if isinstance(operand, Arithmetic):
        name, wanted, parts = operand.sign, "N", (operand.left, operand.right)
    elif isinstance(operand, Function):
        name, wanted, parts = operand.name, "L", (operand.arguments[0], operand.arguments[1])
    else:
        return
    for part in parts:
        _require_operand_types(part, placeholders)
        value = placeholders.immediate(part)
        if value is not None and wanted not in value and name != "if_not_exists":
            raise ValidationException(
                f"Incorrect operand type for operator or function; operator or function: {name}, "
                f"operand type: {kind_of(value)}"
            )


def adder(value: Value) -> Change:
    """ADD: a number is added, a set is united."""
    ((kind, content),) = value.items()

    def change(old: Value | None) -> Value:
        if old is None:
            return value
        if kind not in old:
            raise _wrong_operand()
        if kind == "N":
            return {"N": add(old["N"], content)}
        present = set(old[kind])
        return {kind: old[kind] + [member for member in content if member not in present]}

    return change


def deleter(value: Value) -> Change:
    """DELETE: a set's members are taken out of a set; an emptied one goes."""
    ((kind, content),) = value.items()

    def change(old: Value | None) -> Value | None:
        if old is None:
            return None
        if kind not in old:
            raise _wrong_operand()
        gone = set(content)
        left = [member for member in old[kind] if member not in gone]
        return {kind: left} if left else None

    return change


def _position(path: Resolved) -> tuple[tuple[int, str | int], ...]:
    return tuple((0, part) if isinstance(part, int) else (1, part) for part in path)


def _require(value: Value | None, kind: str) -> Any:
    if value is None:
        raise _missing_operand()
    if kind not in value:
        raise _wrong_operand()
    return value[kind]


def _require_value(value: Value | None) -> Value:
    if value is None:
        raise _missing_operand()
    return value


def _missing_operand() -> ValidationException:
    return ValidationException("The provided expression refers to an attribute that does not exist in the item")


def _wrong_operand() -> ValidationException:
    return ValidationException("An operand in the update expression has an incorrect data type")


def _invalid_path() -> ValidationException:
    return ValidationException("The document path provided in the update expression is invalid for update")
