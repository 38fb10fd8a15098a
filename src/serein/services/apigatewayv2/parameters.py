"""Parameter mapping: `overwrite:header.x`, `append:querystring.y`, `remove:…`, `overwrite:path` and `…:statuscode`.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from serein.kernel.http import Headers, HttpReply
from serein.services.apigatewayv2.errors import BadRequestException
from serein.services.apigatewayv2.selections import InvalidSelection, Selection, Sources, compile_selection

_KEY = re.compile(r"(append|overwrite|remove):(header|querystring)\.(.+)")
_STATUS = re.compile(r"[1-5]\d\d")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+")
_RESERVED = frozenset(
    {
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-location",
        "forwarded",
        "keep-alive",
        "origin",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailers",
        "transfer-encoding",
        "upgrade",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "via",
    }
)
_RESERVED_PREFIXES = ("access-control-", "apigw-", "x-amz-", "x-amzn-")
MOST_PARAMETERS = 10


@dataclass(frozen=True, slots=True)
class Change:
    """One mapping: what is done, where, and with which value."""

    action: str
    where: str
    """`header`, `querystring`, `path` or `statuscode`."""
    name: str
    value: Selection


def compile_changes(parameters: dict[str, str], *, is_response: bool = False) -> tuple[Change, ...]:
    """Compile a map of changes. Raises BadRequestException for what AWS refuses."""
    changes = []
    for key, text in parameters.items():
        action, where, name = _parse_key(key, is_response=is_response)
        try:
            value = compile_selection("" if action == "remove" else text, is_response=is_response)
        except InvalidSelection as error:
            raise BadRequestException(f"Invalid mapping expression specified: Validation Result: {error}") from error
        changes.append(Change(action, where, name, value))
    return tuple(changes)


def _parse_key(key: str, *, is_response: bool) -> tuple[str, str, str]:
    if key == "overwrite:statuscode" and is_response:
        return "overwrite", "statuscode", ""
    if key == "overwrite:path" and not is_response:
        return "overwrite", "path", ""
    found = _KEY.fullmatch(key)
    if found is None or (is_response and found[2] != "header"):
        raise BadRequestException(f"Invalid mapping expression specified: {key}")
    name = found[3].lower() if found[2] == "header" else found[3]
    if found[2] == "header":
        if not _TOKEN.fullmatch(name):
            raise BadRequestException(f"Invalid mapping expression specified: {key}")
        if name in _RESERVED or name.startswith(_RESERVED_PREFIXES):
            raise BadRequestException(f"Operations on header {name} are restricted")
    return found[1], found[2], name


def check_response_parameters(given: dict[str, dict[str, str]]) -> None:
    """Raise BadRequestException for response parameters that AWS refuses."""
    for status, parameters in given.items():
        if not _STATUS.fullmatch(status) or int(status) < 200:
            raise BadRequestException(f"Invalid status code specified: {status}. It must be between 200 and 599")
        compile_changes(parameters, is_response=True)


def changed_headers(headers: Headers, changes: tuple[Change, ...], sources: Sources) -> Headers:
    """Headers (names in lower case) after the changes; a value that has nothing to it changes nothing."""
    changed = list(headers)
    for change in changes:
        if change.where != "header":
            continue
        value = None if change.action == "remove" else change.value(sources)
        if change.action != "append" and (change.action == "remove" or value is not None):
            changed = [(name, old) for name, old in changed if name != change.name]
        if value is not None and "\r" not in value and "\n" not in value:
            changed.append((change.name, value))
    return changed


def changed_query(query: list[tuple[str, str]], changes: tuple[Change, ...], sources: Sources) -> str:
    """A query, percent-encoded, after the changes."""
    changed = list(query)
    for change in changes:
        if change.where != "querystring":
            continue
        value = None if change.action == "remove" else change.value(sources)
        if change.action != "append" and (change.action == "remove" or value is not None):
            changed = [(name, old) for name, old in changed if name != change.name]
        if value is not None:
            changed.append((change.name, value))
    return urlencode(changed)


def changed_path(changes: tuple[Change, ...], sources: Sources) -> str | None:
    """The path that overwrites the request's, percent-encoded and with its slash; None when none does."""
    for change in changes:
        if change.where == "path":
            value = change.value(sources)
            if value is not None:
                return quote("/" + value.lstrip("/"), safe="/%:@!$&'()*+,;=-._~")
    return None


def changes_query(changes: tuple[Change, ...]) -> bool:
    return any(change.where == "querystring" for change in changes)


def changed_reply(reply: HttpReply, changes: tuple[Change, ...], sources: Sources) -> HttpReply:
    """A reply after the changes for its status."""
    status = reply.status
    for change in changes:
        if change.where == "statuscode":
            text = change.value(sources) or ""
            status = int(text) if _STATUS.fullmatch(text) else status
    return HttpReply(status, changed_headers(reply.headers, changes, sources), reply.body)


def text_parameters(given: dict[str, Any]) -> dict[str, Selection]:
    """The parameters of a service integration, compiled. Raises BadRequestException."""
    try:
        return {name: compile_selection(text) for name, text in given.items()}
    except InvalidSelection as error:
        raise BadRequestException(f"Invalid mapping expression specified: Validation Result: {error}") from error
