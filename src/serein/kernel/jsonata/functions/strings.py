"""Functions of texts: `$substring`, `$pad`, `$join`, the encodings, and those that take regular expressions."""

import base64
import binascii
import math
import re
import urllib.parse
from typing import Any

from serein.kernel.jsonata.callables import apply
from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.frames import Frame
from serein.kernel.jsonata.texts import text_of
from serein.kernel.jsonata.values import UNDEFINED, Sequence, is_function

_BLANKS = re.compile(r"[ \t\n\r]+")
_COMPONENT = "-_.!~*'()"
_URL = _COMPONENT + ";/?:@&=+$,#"


def string(value: Any, is_pretty: Any = UNDEFINED) -> Any:
    return UNDEFINED if value is UNDEFINED else text_of(value, is_pretty is True)


def substring(text: Any, start: Any, length: Any) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    first = 0 if start is UNDEFINED else max(math.trunc(start), -len(text))
    if length is UNDEFINED:
        return text[first:]
    if length <= 0:
        return ""
    if first < 0:
        first += len(text)
    return text[first : math.trunc(first + length)]


def substring_before(text: Any, part: Any) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    return text if part is UNDEFINED else text.partition(part)[0] if part else ""


def substring_after(text: Any, part: Any) -> Any:
    if text is UNDEFINED or part is UNDEFINED or part not in text:
        return text
    return text[text.index(part) + len(part) :]


def lowercase(text: Any) -> Any:
    return UNDEFINED if text is UNDEFINED else text.lower()


def uppercase(text: Any) -> Any:
    return UNDEFINED if text is UNDEFINED else text.upper()


def length(text: Any) -> Any:
    return UNDEFINED if text is UNDEFINED else len(text)


def trim(text: Any) -> Any:
    return UNDEFINED if text is UNDEFINED else _BLANKS.sub(" ", text).strip(" ")


def pad(frame: Frame, text: Any, width: Any, filling: Any) -> Any:
    if text is UNDEFINED or width is UNDEFINED:
        return text
    width = math.trunc(width)
    missing = abs(width) - len(text)
    if missing <= 0:
        return text
    frame.run.allow_text(abs(width))
    filling = filling if isinstance(filling, str) and filling else " "
    padding = (filling * (missing // len(filling) + 1))[:missing]
    return text + padding if width > 0 else padding + text


def join(frame: Frame, texts: Any, separator: Any) -> Any:
    if texts is UNDEFINED:
        return UNDEFINED
    joined = ("" if separator is UNDEFINED else separator).join(texts)
    frame.run.allow_text(len(joined))
    return joined


def _first_match(frame: Frame, matcher: Any, text: str) -> Any:
    return _checked(apply(matcher, [text], UNDEFINED, frame))


def _next_match(frame: Frame, match: dict[str, Any]) -> Any:
    frame.run.tick()
    following = match.get("next")
    return _checked(apply(following, [], UNDEFINED, frame)) if is_function(following) else UNDEFINED


def _checked(match: Any) -> Any:
    if match is UNDEFINED or match is None:
        return UNDEFINED
    is_match = isinstance(match, dict) and isinstance(match.get("start"), int | float)
    if not is_match or not (isinstance(match.get("groups"), list) or is_function(match.get("next"))):
        raise JsonataError("T1010")
    return match


def contains(frame: Frame, text: Any, token: Any) -> Any:
    if text is UNDEFINED or token is UNDEFINED:
        return UNDEFINED
    if isinstance(token, str):
        return token in text
    return _first_match(frame, token, text) is not UNDEFINED


def match(frame: Frame, text: Any, regex: Any, limit: Any) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    if limit is not UNDEFINED and limit < 0:
        raise JsonataError("D3040", value=limit)
    found = Sequence()
    current = _first_match(frame, regex, text) if limit is UNDEFINED or limit > 0 else UNDEFINED
    while current is not UNDEFINED and (limit is UNDEFINED or len(found) < limit):
        groups = ["" if group is UNDEFINED else group for group in current["groups"]]
        found.append({"match": current["match"], "index": current["start"], "groups": groups})
        current = _next_match(frame, current)
    return found


def split(frame: Frame, text: Any, separator: Any, limit: Any) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    if separator is UNDEFINED:
        raise JsonataError("T0410", index=2)
    if limit is not UNDEFINED and limit < 0:
        raise JsonataError("D3020", value=limit)
    most = None if limit is UNDEFINED else math.floor(limit)
    if isinstance(separator, str):
        parts = text.split(separator) if separator else list(text)
        return parts[:most]
    parts, start, current = [], 0, _first_match(frame, separator, text)
    while current is not UNDEFINED and (most is None or len(parts) < most):
        parts.append(text[start : current["start"]])
        start = current["end"]
        current = _next_match(frame, current)
    if most is None or len(parts) < most:
        parts.append(text[start:])
    return parts


def replace(frame: Frame, text: Any, pattern: Any, replacement: Any, limit: Any) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    if pattern == "":
        raise JsonataError("D3010", value=pattern)
    if pattern is UNDEFINED or replacement is UNDEFINED:
        raise JsonataError("T0410", index=2 if pattern is UNDEFINED else 3)
    if limit is not UNDEFINED and limit < 0:
        raise JsonataError("D3011", value=limit)
    most = -1 if limit is UNDEFINED else math.floor(limit)
    if isinstance(pattern, str):
        if not isinstance(replacement, str):
            raise JsonataError("D3012")
        replaced = text.replace(pattern, replacement, most)
        frame.run.allow_text(len(replaced))
        return replaced
    pieces, position, count = [], 0, 0
    current = _first_match(frame, pattern, text) if most else UNDEFINED
    while current is not UNDEFINED and (most < 0 or count < most):
        pieces.append(text[position : current["start"]])
        if isinstance(replacement, str):
            put = _expanded(replacement, current)
        else:
            put = apply(replacement, [current], UNDEFINED, frame)
        if not isinstance(put, str):
            raise JsonataError("D3012", value=put)
        pieces.append(put)
        position = current["start"] + len(current["match"])
        count += 1
        current = _next_match(frame, current)
    return "".join(pieces) + text[position:]


def _expanded(replacement: str, found: dict[str, Any]) -> str:
    """A replacement with `$1` and the like filled in: as many digits as there may be groups."""
    groups = found["groups"]
    pieces, position = [], 0
    while (dollar := replacement.find("$", position)) >= 0:
        pieces.append(replacement[position:dollar])
        position = dollar + 1
        following = replacement[position : position + 1]
        if following == "$":
            pieces.append("$")
            position += 1
        elif following == "0":
            pieces.append(found["match"])
            position += 1
        else:
            digits = _group_digits(replacement, position, len(groups))
            if not digits:
                pieces.append("$")
            elif 0 < int(digits) <= len(groups) and isinstance(groups[int(digits) - 1], str):
                pieces.append(groups[int(digits) - 1])
            position += len(digits)
    return "".join(pieces) + replacement[position:]


def _group_digits(text: str, position: int, count: int) -> str:
    longest = len(str(count)) if count else 1
    digits = ""
    for character in text[position : position + longest]:
        if not character.isdigit():
            break
        digits += character
    return digits[:-1] if len(digits) > 1 and int(digits) > count else digits


def base64_encode(text: Any) -> Any:
    return UNDEFINED if text is UNDEFINED else base64.b64encode(text.encode()).decode()


def base64_decode(text: Any) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4)).decode("utf-8", "replace")
    except binascii.Error:
        return ""


def _encoded(text: Any, safe: str, name: str) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    try:
        return urllib.parse.quote(text, safe=safe)
    except UnicodeEncodeError as error:
        raise JsonataError("D3140", value=text, functionName=name) from error


def _decoded(text: Any, kept: str, name: str) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    kept_escapes = {f"%{ord(character):02X}" for character in kept}

    def guarded(found: re.Match[str]) -> str:
        return f"%25{found[0][1:]}" if found[0].upper() in kept_escapes else found[0]

    try:
        return urllib.parse.unquote(re.sub("%[0-9A-Fa-f]{2}", guarded, text), errors="strict")
    except UnicodeDecodeError as error:
        raise JsonataError("D3140", value=text, functionName=name) from error


def encode_url_component(text: Any) -> Any:
    return _encoded(text, _COMPONENT, "encodeUrlComponent")


def encode_url(text: Any) -> Any:
    return _encoded(text, _URL, "encodeUrl")


def decode_url_component(text: Any) -> Any:
    return _decoded(text, "", "decodeUrlComponent")


def decode_url(text: Any) -> Any:
    return _decoded(text, ";/?:@&=+$,#", "decodeUrl")


FUNCTIONS: dict[str, tuple[Any, str]] = {
    "base64decode": (base64_decode, "<s-:s>"),
    "base64encode": (base64_encode, "<s-:s>"),
    "decodeUrl": (decode_url, "<s-:s>"),
    "decodeUrlComponent": (decode_url_component, "<s-:s>"),
    "encodeUrl": (encode_url, "<s-:s>"),
    "encodeUrlComponent": (encode_url_component, "<s-:s>"),
    "length": (length, "<s-:n>"),
    "lowercase": (lowercase, "<s-:s>"),
    "string": (string, "<x-b?:s>"),
    "substring": (substring, "<s-nn?:s>"),
    "substringAfter": (substring_after, "<s-s:s>"),
    "substringBefore": (substring_before, "<s-s:s>"),
    "trim": (trim, "<s-:s>"),
    "uppercase": (uppercase, "<s-:s>"),
}
WITH_FRAME: dict[str, tuple[Any, str]] = {
    "contains": (contains, "<s-(sf):b>"),
    "join": (join, "<a<s>s?:s>"),
    "match": (match, "<s-f<s:o>n?:a<o>>"),
    "pad": (pad, "<s-ns?:s>"),
    "replace": (replace, "<s-(sf)(sf)n?:s>"),
    "split": (split, "<s-(sf)n?:a<s>>"),
}
