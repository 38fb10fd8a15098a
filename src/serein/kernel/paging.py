"""Opaque page tokens."""

import base64
import json
from typing import Any


def page_token(position: Any) -> str:
    """A token for a JSON value that says where the next page starts."""
    return base64.urlsafe_b64encode(json.dumps(position, separators=(",", ":")).encode()).decode()


def find_position(token: str) -> Any | None:
    """Return what `page_token` was given, or None when the token is not one of ours.

    Whole numbers fit into 64 bits and text can be stored, whoever made the token.
    """
    try:
        position = json.loads(base64.urlsafe_b64decode(token.encode()), parse_int=_whole_number)
        json.dumps(position, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return position


def _whole_number(text: str) -> int:
    number = int(text)
    if not -(2**63) <= number < 2**63:
        raise ValueError(text)
    return number
