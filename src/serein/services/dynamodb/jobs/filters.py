"""What an export's FilterSpecification leaves of the items."""

from typing import Any

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.keyconditions import includes, key_range_of
from serein.services.dynamodb.expressions.reading import parse_expressions
from serein.services.dynamodb.jobs.snapshots import State
from serein.services.dynamodb.keys import KeySchema
from serein.services.dynamodb.values import decode_item, encode_json


class Filter:
    """Chooses items, and the parts of them that are wanted."""

    def __init__(self, request: dict[str, Any], schema: KeySchema) -> None:
        """Raises ValidationException when the expressions don't fit the table."""
        expressions = parse_expressions(request)
        self._keys = key_range_of(expressions.keys, schema) if expressions.keys is not None else None
        self._test = expressions.filter.test if expressions.filter else None
        self._projection = expressions.projection
        if self._keys is not None and expressions.filter is not None:
            for path in expressions.filter.paths:
                if path[0] in schema.names:
                    raise ValidationException(
                        "Filter Expression can only contain non-primary key attributes: "
                        f"Primary key attribute: {path[0]}"
                    )

    def find_body(self, state: State) -> bytes | None:
        """The text of what is wanted of an item, or None when the item isn't."""
        if self._keys is not None and (state.key.pk != self._keys.pk or not includes(self._keys, state.key.sk)):
            return None
        if self._test is None and self._projection is None:
            return state.body
        item = decode_item(state.body)
        if self._test is not None and not self._test(item):
            return None
        return state.body if self._projection is None else encode_json(self._projection.apply(item))
