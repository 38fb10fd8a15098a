"""NextToken: where a read goes on, and proof that it is the same read."""

import hashlib
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from typing import Any, NamedTuple

import msgspec

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.numbers import parse_number
from serein.services.dynamodb.values import Item, Value


class Position(NamedTuple):
    """How far a read has got: which of its partitions, and the key of the last item seen there, if any."""

    partition: int
    last: Item | None


class _Token(msgspec.Struct, array_like=True):
    fingerprint: str
    partition: int
    last: dict[str, dict[str, str]] | None


_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(_Token).decode


def encode_position(position: Position, statement: str, parameters: list[Any] | None) -> str:
    """The token of a position in the read that a statement with its parameters is."""
    token = _Token(_fingerprint(statement, parameters), position.partition, position.last)
    return urlsafe_b64encode(_encode(token)).decode()


def parse_position(token: str | None, statement: str, parameters: list[Any] | None) -> Position:
    """Where a request wants to go on; the start when it has no token. Raises ValidationException."""
    if token is None:
        return Position(0, None)
    try:
        found = _decode(urlsafe_b64decode(token.encode()))
        last = None if found.last is None else {name: _key_value(value) for name, value in found.last.items()}
    except (ValueError, msgspec.DecodeError):
        raise ValidationException("Given NextToken is not valid") from None
    if found.fingerprint != _fingerprint(statement, parameters) or found.partition < 0:
        raise ValidationException("NextToken does not match request")
    return Position(found.partition, last)


def _key_value(value: dict[str, str]) -> Value:
    """A key attribute's value out of a token. Raises ValueError or ValidationException when it is none."""
    ((kind, content),) = value.items()
    if kind == "N":
        return {"N": parse_number(content)}
    if kind == "B":
        b64decode(content, validate=True)
    return value


def _fingerprint(statement: str, parameters: list[Any] | None) -> str:
    return hashlib.sha256(_encode([statement, parameters or []])).hexdigest()[:32]
