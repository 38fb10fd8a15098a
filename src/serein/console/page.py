"""The frame of every page: one document, with its style and script in it."""

import html
from pathlib import Path

from serein.kernel.http import HttpReply

_FOLDER = Path(__file__).parent


def page(title: str, body: str, *, status: int = 200) -> HttpReply:
    """A page; `body` is HTML already, and is to be escaped where it shows what others wrote."""
    style, script = ((_FOLDER / name).read_text() for name in ("page.css", "page.js"))
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)} · Serein</title>'
        f'<meta name="viewport" content="width=device-width"><style>{style}</style>'
        f"<h1>{html.escape(title)}</h1>{body}<script>{script}</script></html>"
    )
    headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("content-security-policy", "default-src 'self' 'unsafe-inline'; frame-ancestors 'none'"),
    ]
    return HttpReply(status, headers, text.encode())
