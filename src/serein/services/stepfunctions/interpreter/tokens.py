"""Task tokens: they say which task of which frame they speak for, and know that task's secret."""

import base64
from typing import NamedTuple

import msgspec


class Place(NamedTuple):
    """A task of a frame of an execution."""

    execution_id: int
    frame_id: int
    task: int


def make_token(place: Place, secret: str) -> str:
    return base64.b64encode(msgspec.json.encode((*place, secret))).decode()


def find_place(token: str) -> tuple[Place, str] | None:
    """The place and the secret in a token, or None when it isn't one."""
    try:
        execution_id, frame_id, task, secret = _decode(base64.b64decode(token, validate=True))
    except (ValueError, msgspec.DecodeError):
        return None
    return Place(execution_id, frame_id, task), secret


_decode = msgspec.json.Decoder(tuple[int, int, int, str]).decode
