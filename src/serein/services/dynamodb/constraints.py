"""Constraints on requests that the API model doesn't have, or that AWS words in another way than the model's."""

from typing import Any

from serein.services.dynamodb.errors import ValidationException

Request = dict[str, Any]
_MOST_KEYS, _MOST_WRITES = 100, 25
_TYPES = ("S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL")


def require_name(request: Request) -> None:
    """Check that a request about tables themselves says which. AWS: it words this differently for items."""
    if "TableName" not in request:
        raise ValidationException("The parameter 'TableName' is required but was not present in the request")


def require_limit(request: Request) -> None:
    """Check a Query's Limit. AWS: unlike Scan's, it is reported by the member's own name and without its value."""
    if request.get("Limit", 1) < 1:
        raise broken("Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1")


def require_batch_get(request: Request) -> None:
    """Check the numbers of tables and keys. Raises ValidationException."""
    _require_tables(request, "BatchGetItem")
    findings = [
        f"Value at 'RequestItems.{name}.member.Keys' failed to satisfy constraint: "
        f"Member must have length less than or equal to {_MOST_KEYS}"
        for name, wanted in (request.get("RequestItems") or {}).items()
        if len(wanted.get("Keys") or ()) > _MOST_KEYS
    ]
    if findings:
        raise broken(*findings)


def require_batch_write(request: Request) -> None:
    """Check the numbers of tables and writes. Raises ValidationException."""
    _require_tables(request, "BatchWriteItem")
    wanted = request.get("RequestItems") or {}
    if any(not 1 <= len(writes) <= _MOST_WRITES for writes in wanted.values()):
        shown = ", ".join(f"{name}=[{', '.join(map(_show_write, writes))}]" for name, writes in wanted.items())
        raise broken(
            f"Value '{{{shown}}}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: "
            f"[Member must have length less than or equal to {_MOST_WRITES}, "
            "Member must have length greater than or equal to 1]"
        )


def require_key_schema_size(request: Request) -> None:
    """Check that a table's own key and its local indexes' have at most two attributes. Raises ValidationException."""
    schemas = {"keySchema": request.get("KeySchema") or []}
    for at, index in enumerate(request.get("LocalSecondaryIndexes") or (), 1):
        schemas[f"localSecondaryIndexes.{at}.member.keySchema"] = index.get("KeySchema") or []
    findings = [
        f"Value '[{', '.join(map(_show_key_element, elements))}]' at '{path}' failed to satisfy constraint: "
        "Member must have length less than or equal to 2"
        for path, elements in schemas.items()
        if len(elements) > 2
    ]
    if findings:
        raise broken(*findings)


def _show_key_element(element: dict[str, str]) -> str:
    name, kind = element.get("AttributeName", "null"), element.get("KeyType", "null")
    return f"KeySchemaElement(attributeName={name}, keyType={kind})"


def broken(*findings: str) -> ValidationException:
    """The error for constraints that a request breaks."""
    plural = "" if len(findings) == 1 else "s"
    return ValidationException(f"{len(findings)} validation error{plural} detected: {'; '.join(findings)}")


def _require_tables(request: Request, operation: str) -> None:
    if request.get("RequestItems") == {}:
        raise ValidationException(f"The requestItems parameter is required for {operation}")


def _show_write(write: dict[str, Any]) -> str:
    """A WriteRequest as AWS's messages show it: as Java does."""
    put, delete = write.get("PutRequest"), write.get("DeleteRequest")
    shown_put = "null" if put is None else f"PutRequest(item={_show_item(put.get('Item') or {})})"
    shown_delete = "null" if delete is None else f"DeleteRequest(key={_show_item(delete.get('Key') or {})})"
    return f"WriteRequest(putRequest={shown_put}, deleteRequest={shown_delete})"


def _show_item(item: dict[str, Any]) -> str:
    return "{" + ", ".join(f"{name}={_show_value(value)}" for name, value in item.items()) + "}"


def _show_value(value: dict[str, Any]) -> str:
    members = (f"{kind.lower()}={_show_content(kind, value[kind]) if kind in value else 'null'}" for kind in _TYPES)
    return f"AttributeValue({', '.join(members)})"


def _show_content(kind: str, content: Any) -> str:
    match kind:
        case "M":
            return _show_item(content)
        case "L":
            return f"[{', '.join(map(_show_value, content))}]"
        case "B":
            return _show_bytes(content)
        case "BS":
            return f"[{', '.join(map(_show_bytes, content))}]"
        case "BOOL" | "NULL":
            return str(content).lower()
        case "S" | "N":
            return str(content)
        case _:
            return f"[{', '.join(content)}]"


def _show_bytes(content: bytes) -> str:
    return f"java.nio.HeapByteBuffer[pos=0 lim={len(content)} cap={len(content)}]"
