"""XML as AWS uses it: read into light nodes without DTDs, written as text."""

import re
from xml.parsers import expat

_DEPTH_LIMIT = 200


class XmlError(ValueError):
    """The text is not XML, or is XML of a kind that AWS refuses (a document type, absurd nesting)."""


class Node:
    """An element, its names without prefixes."""

    __slots__ = ("_parts", "attributes", "children", "tag")

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Node] = []
        self._parts: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def append_text(self, text: str) -> None:
        self._parts.append(text)

    def by_tag(self) -> "dict[str, list[Node]]":
        """The children, grouped by tag."""
        groups: dict[str, list[Node]] = {}
        for child in self.children:
            groups.setdefault(child.tag, []).append(child)
        return groups


def parse_xml(body: bytes) -> Node:
    """Read a document and return its root. Raises XmlError.

    A document type is refused: entities are how a small document becomes a huge one.
    """
    root = Node("", {})
    open_nodes = [root]

    def start(tag: str, attributes: dict[str, str]) -> None:
        if len(open_nodes) > _DEPTH_LIMIT:
            raise XmlError("nested too deeply")
        node = Node(tag.rpartition(":")[2], attributes)
        open_nodes[-1].children.append(node)
        open_nodes.append(node)

    def end(tag: str) -> None:
        open_nodes.pop()

    def text(characters: str) -> None:
        open_nodes[-1].append_text(characters)

    def doctype(*_: object) -> None:
        raise XmlError("a document type is not allowed")

    # Why: AWS reads UTF-8 whatever the declaration says, and other encodings of expat's have sharp edges.
    parser = expat.ParserCreate(encoding="utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError) as error:
        raise XmlError(str(error)) from None
    return root.children[0]


_SPECIAL = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SPECIAL_IN_ATTRIBUTES = re.compile('[&<>"\r\n\t\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]')
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def _escaped(found: "re.Match[str]") -> str:
    # AWS: characters that XML cannot hold are written as references all the same.
    if "\ud800" <= found[0] <= "\udfff":
        return "\ufffd"
    return _NAMED.get(found[0]) or f"&#x{ord(found[0]):x};"


def escape(text: str) -> str:
    """Text as an element's content."""
    return _SPECIAL.sub(_escaped, text)


def escape_attribute(text: str) -> str:
    """Text as an attribute's value, without the quotes."""
    return _SPECIAL_IN_ATTRIBUTES.sub(_escaped, text)
