"""The expressions of one request: checked, parsed and bound in the order in which AWS reports mistakes."""

from collections.abc import Callable
from typing import Any, TypeVar

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.binding import (
    Placeholders,
    Resolved,
    require_apart,
    require_names,
    require_value_names,
)
from serein.services.dynamodb.expressions.conditions import Test, bind_condition, paths_of
from serein.services.dynamodb.expressions.keyconditions import KeyCondition, key_conditions_of
from serein.services.dynamodb.expressions.nodes import Parsed
from serein.services.dynamodb.expressions.parser import parse_condition, parse_projection, parse_update
from serein.services.dynamodb.expressions.projections import Projection
from serein.services.dynamodb.expressions.searchconditions import search_conditions_of
from serein.services.dynamodb.expressions.updates import Update, bind_update
from serein.services.dynamodb.sizes import size_of_item
from serein.services.dynamodb.values import Value, parse_value

T = TypeVar("T")
Request = dict[str, Any]
_LARGEST_BYTES = 4096
_LARGEST_VALUES_BYTES = 2 * 1024 * 1024
_FEW_VALUES = 5
"""So many values, none of them larger than an item, can't be too large together."""
_EXPRESSIONS = (
    "UpdateExpression",
    "ConditionExpression",
    "KeyConditionExpression",
    "FilterExpression",
    "SearchConditionExpression",
    "ProjectionExpression",
)


class Condition:
    """A bound condition or filter, and the attributes that it looks at."""

    __slots__ = ("paths", "test")

    def __init__(self, test: Test, paths: list[Resolved]) -> None:
        self.test = test
        self.paths = paths


class Expressions:
    """What a request's expressions mean; None where it has none."""

    __slots__ = ("condition", "filter", "keys", "projection", "search", "update")

    def __init__(self) -> None:
        self.update: Update | None = None
        self.condition: Condition | None = None
        self.keys: dict[str, KeyCondition] | None = None
        self.filter: Condition | None = None
        self.projection: Projection | None = None
        self.search: dict[str, Value] | None = None


def require_one_style(request: Request, expressions: tuple[str, ...], legacy: tuple[str, ...]) -> None:
    """Check that a request uses either expressions or the parameters from before them. Raises ValidationException."""
    used = [name for name in expressions if name in request]
    if used and not request.keys().isdisjoint(legacy):
        # AWS: KeyConditions go with a FilterExpression; only a KeyConditionExpression excludes them.
        excluded = [
            name
            for name in legacy
            if name in request and (name != "KeyConditions" or "KeyConditionExpression" in request)
        ]
        if excluded:
            raise ValidationException(
                "Can not use both expression and non-expression parameters in the same request: "
                f"Non-expression parameters: {{{', '.join(excluded)}}} Expression parameters: {{{', '.join(used)}}}"
            )
    if not used and "ExpressionAttributeNames" in request:
        raise ValidationException("ExpressionAttributeNames can only be specified when using expressions")
    if "ExpressionAttributeValues" in request:
        with_values = [name for name in expressions if name != "ProjectionExpression"]
        if with_values and not any(name in request for name in with_values):
            verb = "are" if len(with_values) > 1 else "is"
            raise ValidationException(
                "ExpressionAttributeValues can only be specified when using expressions: "
                f"{' and '.join(with_values)} {verb} null"
            )


def parse_expressions(request: Request) -> Expressions:
    """Bind all of a request's expressions. Raises ValidationException as AWS words it."""
    placeholders = _placeholders(request)
    found = Expressions()
    names: set[str] = set()
    values: set[str] = set()
    for member in _EXPRESSIONS:
        text = request.get(member)
        if text is None:
            continue
        try:
            if len(text) > _LARGEST_BYTES // 4:
                _require_size(text, shows_size=member == "FilterExpression" and "KeyConditionExpression" not in request)
            parsed = _PARSERS[member](text)
            if member == "UpdateExpression":
                placeholders.require_defined(parsed)
            _BINDERS[member](found, parsed.tree, placeholders)
        except ValidationException as error:
            if member == "KeyConditionExpression" and error.message.startswith(_UNPREFIXED):
                raise
            raise ValidationException(f"Invalid {member}: {error.message}") from None
        names.update(parsed.names)
        values.update(parsed.values)
    if len(names) != len(placeholders.names) or len(values) != len(placeholders.values):
        _require_used(placeholders, names, values)
    return found


def _require_size(text: str, *, shows_size: bool) -> None:
    """Check an expression's length. AWS: only a scan's filter is told how long it is."""
    size = len(text.encode())
    if size > _LARGEST_BYTES:
        shown = f" expression size: {size}" if shows_size else ""
        raise ValidationException(f"Expression size has exceeded the maximum allowed size;{shown}")


def _placeholders(request: Request) -> Placeholders:
    names = request.get("ExpressionAttributeNames")
    values = request.get("ExpressionAttributeValues")
    if names is not None:
        require_names(names)
    if values is not None:
        require_value_names(values)
        parsed = {}
        for name, value in values.items():
            try:
                parsed[name] = parse_value(value)
            except ValidationException as error:
                if "NULL" in value and len(value) == 1:
                    # AWS: this mistake alone is reported without the placeholder's name.
                    raise
                raise ValidationException(
                    f"ExpressionAttributeValues contains invalid value: {error.message} for key {name}"
                ) from None
        values = parsed
        if len(values) > _FEW_VALUES and size_of_item(values) > _LARGEST_VALUES_BYTES:
            raise ValidationException(
                "ExpressionAttributeValues contains invalid value: Size of all expression attribute values has "
                "exceeded the maximum allowed size of 2 MB"
            )
    return Placeholders(names, values)


def _require_used(placeholders: Placeholders, names: set[str], values: set[str]) -> None:
    for member, given, used in (
        ("ExpressionAttributeNames", placeholders.names, names),
        ("ExpressionAttributeValues", placeholders.values, values),
    ):
        unused = [name for name in given if name not in used]
        if unused:
            raise ValidationException(
                f"Value provided in {member} unused in expressions: keys: {{{', '.join(unused)}}}"
            )


def _bind_update(found: Expressions, tree: Any, placeholders: Placeholders) -> None:
    found.update = bind_update(tree, placeholders)


def _bind_condition(found: Expressions, tree: Any, placeholders: Placeholders) -> None:
    found.condition = Condition(bind_condition(tree, placeholders), [])


def _bind_filter(found: Expressions, tree: Any, placeholders: Placeholders) -> None:
    found.filter = Condition(bind_condition(tree, placeholders), paths_of(tree, placeholders))


def _bind_keys(found: Expressions, tree: Any, placeholders: Placeholders) -> None:
    bind_condition(tree, placeholders)
    found.keys = key_conditions_of(tree, placeholders)


def _bind_search(found: Expressions, tree: Any, placeholders: Placeholders) -> None:
    bind_condition(tree, placeholders)
    found.search = search_conditions_of(tree, placeholders)


def _bind_projection(found: Expressions, tree: Any, placeholders: Placeholders) -> None:
    paths = [placeholders.path(path) for path in tree]
    require_apart(paths)
    found.projection = Projection(paths)


_PARSERS: dict[str, Callable[[str], Parsed]] = {
    "UpdateExpression": parse_update,
    "ConditionExpression": parse_condition,
    "KeyConditionExpression": parse_condition,
    "FilterExpression": parse_condition,
    "SearchConditionExpression": parse_condition,
    "ProjectionExpression": parse_projection,
}
_BINDERS: dict[str, Callable[[Expressions, Any, Placeholders], None]] = {
    "UpdateExpression": _bind_update,
    "ConditionExpression": _bind_condition,
    "KeyConditionExpression": _bind_keys,
    "FilterExpression": _bind_filter,
    "SearchConditionExpression": _bind_search,
    "ProjectionExpression": _bind_projection,
}
_UNPREFIXED = ("Invalid operator used in", "Invalid condition in", "KeyConditionExpressions ")
