"""Opaque page tokens."""

import base64
import binascii
import json
from typing import Any


def page_token(position: Any) -> str:
    """A token for a JSON value that says where the next page starts."""
    return base64.urlsafe_b64encode(json.dumps(position, separators=(",", ":")).encode()).decode()


def find_position(token: str) -> Any | None:
    """Return what `page_token` was given, or None when the token is not one of ours."""
    try:
        return json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, binascii.Error):
        return None
