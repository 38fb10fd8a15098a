"""Patch operations: what Update operations are asked to change, and AWS's words for what they refuse."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from serein.services.apigateway.errors import BadRequestException


@dataclass(frozen=True, slots=True)
class Patch:
    """One patch operation. `path` is as given, `parts` are its segments without escapes."""

    op: str
    path: str
    parts: tuple[str, ...]
    value: str | None
    source: str

    @property
    def text(self) -> str:
        return self.value or ""

    @property
    def is_true(self) -> bool:
        """AWS: any text but `true` is false."""
        return self.text.lower() == "true"

    def require_op(self, *ops: str) -> None:
        """Raises BadRequestException for an op that isn't one of those."""
        if self.op not in ops:
            raise BadRequestException(f"Invalid patch operation specified. Must be one of: [{', '.join(ops)}]")

    def refused(self) -> BadRequestException:
        """The error for a path that can't be patched."""
        return BadRequestException(f"Invalid patch path {self.path}")


def parse_patches(request: Mapping[str, Any]) -> list[Patch]:
    """Raises BadRequestException for a patch without a path."""
    return [_parse(patch) for patch in request.get("patchOperations") or ()]


def _parse(patch: Mapping[str, Any]) -> Patch:
    path = patch.get("path")
    if path is None:
        raise BadRequestException("Invalid patch path null")
    parts = tuple(unescaped(part) for part in path.lstrip("/").split("/"))
    return Patch(patch.get("op", ""), path, parts, patch.get("value"), patch.get("from") or "")


def unescaped(part: str) -> str:
    """A segment of a JSON pointer as the name that it stands for."""
    return part.replace("~1", "/").replace("~0", "~")


def escaped(part: str) -> str:
    """A name as a segment of a JSON pointer."""
    return part.replace("~", "~0").replace("/", "~1")


def require_listed(patch: Patch, allowed: Mapping[str, tuple[str, ...]]) -> str:
    """The member that a patch is for, of the paths (`/name`) that each op allows. Raises BadRequestException."""
    paths = allowed.get(patch.op)
    start = f"Invalid patch path  '{patch.path}' specified for op '{patch.op}'."
    if paths is None:
        raise BadRequestException(f"{start} Please choose supported operations")
    if patch.path not in paths:
        raise BadRequestException(f"{start} Must be one of: [{', '.join(paths)}]")
    return patch.path[1:]
