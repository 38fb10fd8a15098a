"""Search conditions: the partition of a vector index, and the values of its inline filters."""

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.binding import Placeholders
from serein.services.dynamodb.expressions.nodes import And, Comparison, Condition, Path, ValueName
from serein.services.dynamodb.values import Value


def search_conditions_of(tree: Condition, placeholders: Placeholders) -> dict[str, Value]:
    """The values by attribute. Raises ValidationException for anything but equalities that are joined by AND."""
    found: dict[str, Value] = {}
    for term in _terms(tree):
        name, value = _equality(term, placeholders)
        if name in found:
            raise ValidationException("SearchConditionExpression must only contain one condition per attribute")
        found[name] = value
    return found


def _terms(tree: Condition) -> list[Condition]:
    if isinstance(tree, And):
        return [term for one in tree.conditions for term in _terms(one)]
    return [tree]


def _equality(term: Condition, placeholders: Placeholders) -> tuple[str, Value]:
    if not isinstance(term, Comparison) or term.sign != "=":
        raise ValidationException("Invalid comparator used in SearchConditionExpression")
    match term.left, term.right:
        case (Path() as path, ValueName() as value) | (ValueName() as value, Path() as path):
            parts = placeholders.path(path)
        case _:
            raise ValidationException(
                "A condition in SearchConditionExpression must compare an attribute of the SearchSchema with a value"
            )
    if len(parts) > 1:
        raise ValidationException("SearchConditionExpression cannot have conditions on nested attributes")
    return str(parts[0]), placeholders.value(value)
