"""What requests have in common: the API model's constraints, and parts of replies."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.operation import Encoded, Reply, Request
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.binding import Resolved
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.values import Item, encode_json


def require_constraints(
    call: Call, request: Request, required: frozenset[str] = frozenset(), free: frozenset[str] = frozenset()
) -> None:
    """Check the API model's constraints. Raises ValidationException with all that are broken.

    Why `required` and `free`: a request that has all the former and nothing but these can break none, and is spared
    the check. `free` members are those that the model doesn't constrain.
    """
    names = request.keys()
    if free and required <= names and names <= free:
        return
    findings = call.platform.contract.check("dynamodb", call.operation, request)
    if findings:
        plural = "" if len(findings) == 1 else "s"
        raise ValidationException(f"{len(findings)} validation error{plural} detected: {'; '.join(findings)}")


class Envelope:
    """A block in which a mistake in the request is reported as AWS's item writes do: as one validation error detected.

    AWS: PutItem, UpdateItem and DeleteItem, and they alone, put what they find before they look for the table into the
    words of the model's own constraints. What depends on the table stays as it is, and so do two others.
    """

    __slots__ = ()
    _BARE = ("Item size has exceeded", "ExpressionAttributeNames can only be specified")

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ValidationException) and not error.message.startswith(self._BARE):
            colon = ": " if error.message.endswith("to a numeric value") else ""
            raise ValidationException(f"1 validation error detected: {error.message}{colon}") from None


ENVELOPE = Envelope()


def require_scalar_keys(table: Table, paths: list[Resolved]) -> None:
    """Check that no path looks inside a key attribute. Raises ValidationException."""
    nested = {path[0] for path in paths if len(path) > 1}
    if not nested:
        return
    message = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed"
    for name in table.key.names:
        if name in nested:
            raise ValidationException(f"{message}: Key: {name}")
    for name, *_ in table.index_keys:
        if name in nested:
            raise ValidationException(f"{message}: IndexKey: {name}")


def encoded(value: Any) -> Encoded:
    """Attribute values in stored form, as part of a reply."""
    return Encoded(encode_json(value))


def add_collection_metrics(reply: Reply, request: Request, table: Table, item: Item) -> None:
    """Add ItemCollectionMetrics when they are wanted and the table has local indexes."""
    if request.get("ReturnItemCollectionMetrics") == "SIZE" and has_collections(table):
        reply["ItemCollectionMetrics"] = collection_metrics(table, item)


def has_collections(table: Table) -> bool:
    """Whether the items of a partition form a collection: a table with local indexes."""
    return any(not index.is_global for index in table.indexes)


def collection_metrics(table: Table, item: Item) -> dict[str, Any]:
    """AWS's estimate of a collection's size, which is a range: collections here are taken to be under 1 GB."""
    return {
        "ItemCollectionKey": encoded({table.key.hash: item[table.key.hash]}),
        "SizeEstimateRangeGB": [0.0, 1.0],
    }
