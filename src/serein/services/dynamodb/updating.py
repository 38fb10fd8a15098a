"""Updating an item: what may be updated, and the item that comes out."""

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.updates import Update
from serein.services.dynamodb.images import Image, image_of
from serein.services.dynamodb.keys import require_index_key_fits
from serein.services.dynamodb.multikeys import require_sizes
from serein.services.dynamodb.requests import require_scalar_keys
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.values import Item, Value
from serein.services.dynamodb.vectors.indexes import require_entry_fits


def require_updatable(table: Table, update: Update) -> None:
    """Check that an update leaves the table's key alone. Raises ValidationException."""
    for path in update.paths:
        if path[0] in table.key.names:
            raise ValidationException(
                f"One or more parameter values were invalid: Cannot update attribute {path[0]}. "
                "This attribute is part of the key"
            )
    require_scalar_keys(table, update.paths)


def updated_image(table: Table, key_item: Item, before: Image | None, update: Update) -> Image | None:
    """The item that an update makes. Raises ValidationException when the update doesn't fit the item.

    AWS: an update that only removes things doesn't create an item, and the result is None; an empty update does.
    """
    if before is None and update.only_removes:
        return None
    after = update.apply(before.item if before else key_item)
    for name, kind, index_name, is_hash in table.index_keys:
        value = after.get(name)
        if value is not None and (before is None or before.item.get(name) != value):
            _require_updated_index_key(name, kind, value, index_name, is_hash=is_hash)
    for schema in table.multiple_keys:
        require_sizes(after, schema)
    for index in table.vectors:
        require_entry_fits(index, after, before.item if before else None)
    return image_of(after, "Item size to update has exceeded the maximum allowed size")


def _require_updated_index_key(name: str, kind: str, value: Value, index_name: str, *, is_hash: bool) -> None:
    if kind in value and not value[kind]:
        shown = "string" if kind == "S" else "binary"
        raise ValidationException(
            "One or more parameter values are not valid. The update expression attempted to update a secondary index "
            "key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty "
            f"{shown} value."
        )
    require_index_key_fits(name, kind, value, index_name, is_hash=is_hash)
