"""Items with their stored text and size."""

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.sizes import LARGEST_ITEM_BYTES, LARGEST_NAME_BYTES, require_names, size_of_item
from serein.services.dynamodb.values import Item, decode_item, encode_json


class Image:
    """One state of an item. The text is parsed when somebody asks for the attributes."""

    __slots__ = ("_item", "body", "size")

    def __init__(self, body: bytes, size: int, item: Item | None = None) -> None:
        self.body = body
        self.size = size
        self._item = item

    @property
    def item(self) -> Item:
        if self._item is None:
            self._item = decode_item(self.body)
        return self._item


def image_of(item: Item, too_large: str = "Item size has exceeded the maximum allowed size") -> Image:
    """An item to be stored. Raises ValidationException when it is larger than 400 KB."""
    size = size_of_item(item)
    if size > LARGEST_NAME_BYTES:
        if size > LARGEST_ITEM_BYTES:
            raise ValidationException(too_large)
        require_names(item)
    if "" in item:
        raise ValidationException("One or more parameter values were invalid: Attribute name must not be empty")
    return Image(encode_json(item), size, item)
