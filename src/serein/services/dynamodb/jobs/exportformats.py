"""The lines of exports: DynamoDB JSON, and Amazon Ion as text.

Why no library for writing Ion: text is simple, and items are written as they are read, without objects in between.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

import re
from typing import Any

from serein.services.dynamodb.values import Item, Value, decode_item, encode_json

_SYMBOL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_RESERVED = frozenset(("null", "true", "false", "nan"))
_VERSION = "$ion_1_0 "


class Change:
    """What an incremental export says of one item."""

    __slots__ = ("keys", "new", "old", "written_micros")

    def __init__(self, keys: Item, written_micros: int, old: bytes, new: bytes) -> None:
        """`old` and `new` are empty where there was no item, or where it isn't wanted."""
        self.keys = keys
        self.written_micros = written_micros
        self.old = old
        self.new = new


def item_line(body: bytes, *, is_ion: bool) -> bytes:
    """One item of a full export."""
    if is_ion:
        return f"{_VERSION}{{Item:{ion_struct(decode_item(body))}}}\n".encode()
    return b'{"Item":' + body + b"}\n"


def change_line(change: Change, *, is_ion: bool) -> bytes:
    """One item of an incremental export."""
    if is_ion:
        parts = [f"Metadata:{{WriteTimestampMicros:{change.written_micros}.}}", f"Keys:{ion_struct(change.keys)}"]
        parts += [
            f"{name}:{ion_struct(decode_item(body))}"
            for name, body in (("OldImage", change.old), ("NewImage", change.new))
            if body
        ]
        return f"{_VERSION}{{Record:{{{','.join(parts)}}}}}\n".encode()
    line = b'{"Metadata":{"WriteTimestampMicros":{"N":"%d"}},"Keys":%b' % (
        change.written_micros,
        encode_json(change.keys),
    )
    if change.old:
        line += b',"OldImage":' + change.old
    if change.new:
        line += b',"NewImage":' + change.new
    return line + b"}\n"


def ion_struct(item: Item) -> str:
    """An item or a map as an Ion struct."""
    return "{" + ",".join(f"{_symbol(name)}:{_ion(value)}" for name, value in item.items()) + "}"


def _ion(value: Value) -> str:
    ((kind, content),) = value.items()
    if kind == "L":
        return "[" + ",".join(map(_ion, content)) + "]"
    if kind == "M":
        return ion_struct(content)
    if len(kind) == 2:
        return f"$dynamodb_{kind}::[{','.join(_scalar(kind[0], member) for member in content)}]"
    return _scalar(kind, content)


def _scalar(kind: str, content: Any) -> str:
    if kind == "S":
        # JSON's escapes are all Ion's too.
        return encode_json(content).decode()
    if kind == "N":
        return content if "." in content else f"{content}."
    if kind == "B":
        return f"{{{{{content}}}}}"
    if kind == "BOOL":
        return "true" if content else "false"
    return "null"


def _symbol(name: str) -> str:
    if _SYMBOL.fullmatch(name) and name not in _RESERVED:
        return name
    quoted = encode_json(name).decode()[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{quoted}'"
