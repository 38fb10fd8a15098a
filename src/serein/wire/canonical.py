"""The canonical form of a request, which is what a signature covers."""

import posixpath
from collections.abc import Mapping
from urllib.parse import quote, unquote, unquote_plus

from serein.kernel.http import HttpRequest


def canonical_request(http: HttpRequest, signed_headers: str, payload_hash: str, *, is_path_raw: bool) -> str:
    """The text that a request's signature covers.

    S3 signs the path as it was sent (`is_path_raw`), every other service normalised and encoded once more.
    """
    names = signed_headers.split(";")
    headers = "".join([f"{name}:{_header_value(http.headers, name)}\n" for name in names])
    path = http.path if is_path_raw else _encoded_path(http.path)
    return "\n".join(
        [
            http.method,
            path or "/",
            _canonical_query(http.query),
            headers,
            signed_headers,
            payload_hash,
        ]
    )


def _header_value(headers: Mapping[str, str], name: str) -> str:
    return " ".join(headers.get(name, "").split())


def _encoded_path(path: str) -> str:
    normal = posixpath.normpath(path) if path else "/"
    normal = "/" + normal.lstrip("/")
    if path.endswith("/") and not normal.endswith("/"):
        normal += "/"
    return quote(normal, safe="/-_.~")


def _canonical_query(query: str) -> str:
    pairs = []
    for part in query.split("&") if query else ():
        if not part:
            continue
        name, _, value = part.partition("=")
        name = _reencoded(name)
        if name != "X-Amz-Signature":
            pairs.append((name, _reencoded(value)))
    pairs.sort()
    return "&".join([f"{name}={value}" for name, value in pairs])


def _reencoded(text: str) -> str:
    return quote(unquote(text.replace("+", "%20"), errors="surrogateescape"), safe="-_.~", errors="surrogateescape")


def query_map(query: str) -> dict[str, str]:
    """A query's parameters by name, decoded."""
    parts = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        parts[unquote_plus(name)] = unquote_plus(value)
    return parts
