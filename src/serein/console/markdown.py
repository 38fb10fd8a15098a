"""The part of Markdown that documentation of APIs is written in, as HTML.

Headings, lists, code, bold, emphasis and links to the web. The text is escaped before anything else, so that HTML in it
shows as text: who writes a page doesn't get to run scripts in it.
"""

import html
import re

_CODE = re.compile(r"(`[^`]+`)")
_BOLD = re.compile(r"\*\*(\S(?:[^*]*\S)?)\*\*")
_EMPHASIS = re.compile(r"(?<![\w*])\*(\S(?:[^*]*\S)?)\*(?![\w*])")
_LINK = re.compile(r"\[([^\[\]]+)\]\((https?://[^\s()]+)\)")
_HEADING = re.compile(r"(#{1,6}) +(.+)")
_ITEM = re.compile(r"(?:[-*+]|(\d{1,9})[.)]) +(.+)")
_FENCE = "```"


def rendered(text: str) -> str:
    """HTML of a text in Markdown."""
    blocks: list[str] = []
    lines = iter(text.splitlines())
    paragraph: list[str] = []
    for line in lines:
        stripped = line.strip()
        if not stripped or stripped.startswith(_FENCE) or _HEADING.fullmatch(stripped):
            blocks.append(_flow(paragraph))
            paragraph = []
        if stripped.startswith(_FENCE):
            code = []
            for inner in lines:
                if inner.strip().startswith(_FENCE):
                    break
                code.append(inner)
            blocks.append(f"<pre>{html.escape(chr(10).join(code))}</pre>")
        elif heading := _HEADING.fullmatch(stripped):
            # The page has headings of its own above those of its texts.
            level = min(len(heading[1]) + 3, 6)
            blocks.append(f"<h{level}>{_inline(heading[2])}</h{level}>")
        elif stripped:
            paragraph.append(stripped)
    blocks.append(_flow(paragraph))
    return "".join(blocks)


def _flow(lines: list[str]) -> str:
    """HTML of lines without an empty one between them: paragraphs and lists."""
    parts: list[str] = []
    texts: list[str] = []
    items: list[str] = []
    is_numbered = False
    for line in lines:
        item = _ITEM.fullmatch(line)
        if item is None:
            (items if items else texts).append(_inline(line))
            continue
        if items and is_numbered != bool(item[1]):
            parts.append(_list(items, is_numbered=is_numbered))
            items = []
        if texts:
            parts.append(f"<p>{' '.join(texts)}</p>")
            texts = []
        is_numbered = bool(item[1])
        items.append(f"<li>{_inline(item[2])}")
    if texts:
        parts.append(f"<p>{' '.join(texts)}</p>")
    if items:
        parts.append(_list(items, is_numbered=is_numbered))
    return "".join(parts)


def _list(items: list[str], *, is_numbered: bool) -> str:
    tag = "ol" if is_numbered else "ul"
    return f"<{tag}>{' '.join(items)}</{tag}>"


def _inline(text: str) -> str:
    pieces = []
    for piece in _CODE.split(text):
        if len(piece) > 2 and piece[0] == piece[-1] == "`":
            pieces.append(f"<code>{html.escape(piece[1:-1])}</code>")
            continue
        escaped = _BOLD.sub(r"<b>\1</b>", html.escape(piece))
        escaped = _EMPHASIS.sub(r"<em>\1</em>", escaped)
        pieces.append(_LINK.sub(r'<a href="\2" rel="noopener noreferrer">\1</a>', escaped))
    return "".join(pieces)
