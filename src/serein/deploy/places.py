"""Where things stand in YAML and JSON files: lines of templates and configurations, by the path to a value."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import yaml

from serein.deploy.errors import Place

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Positions:
    """The lines of one file. It is parsed when the first is asked for; one that can't be has none."""

    def __init__(self, path: Path, text: str | None = None) -> None:
        """`text` is what to read in place of the file's: something like it, with the same lines."""
        self.path = path
        self._text = text

    def find(self, *names: str | int) -> Place | None:
        """Where the value of these keys (and indexes) begins, by its key; None when there is no such value."""
        node, mark = self._root, None
        for name in names:
            found = _member(node, name)
            if found is None:
                return None
            mark, node = found
        return Place(self.path, mark.line + 1) if mark is not None else None

    def nearest(self, *names: str | int) -> Place | None:
        """As `find`, of as many of the names as there are."""
        for count in range(len(names), 0, -1):
            place = self.find(*names[:count])
            if place is not None:
                return place
        return None

    def names_under(self, *names: str) -> list[str]:
        """The keys of the object at a path."""
        node = self._root
        for name in names:
            found = _member(node, name)
            if found is None:
                return []
            node = found[1]
        return [str(key.value) for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []

    @cached_property
    def _root(self) -> yaml.Node | None:
        try:
            text = self.path.read_text() if self._text is None else self._text
            if text.lstrip().startswith("{"):
                # YAML takes JSON but for tabs, which stand between its tokens only.
                text = text.replace("\t", " ")
            root: yaml.Node | None = yaml.compose(text, _Loader)
        except (OSError, UnicodeDecodeError, yaml.YAMLError):
            return None
        return root


def _member(node: yaml.Node | None, name: str | int) -> tuple[yaml.Mark, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(name):
                return key.start_mark, value
    if isinstance(node, yaml.SequenceNode) and isinstance(name, int) and name < len(node.value):
        item = node.value[name]
        return item.start_mark, item
    return None


def excerpt(place: Place, around: int = 2) -> Sequence[tuple[int, str]]:
    """The line and those around it, with their numbers; empty when the file can't be read any more."""
    try:
        lines = place.path.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    first = max(1, place.line - around)
    return [(number, lines[number - 1]) for number in range(first, min(len(lines), place.line + around) + 1)]
