"""API keys: made, imported from a table, and patched."""

import csv
import io
import re
from dataclasses import dataclass, field
from typing import Any

from serein.kernel.ids import random_lower, random_upper
from serein.services.apigateway.control.patches import Patch
from serein.services.apigateway.errors import BadRequestException

Settings = dict[str, Any]
SHORTEST_VALUE, LONGEST_VALUE = 20, 128
_VALUE = re.compile(r"[\x21-\x7e]+")
_COLUMNS = frozenset({"name", "key", "description", "enabled", "usageplanids", "customerid"})


def new_key(request: Settings, now: float) -> Settings:
    """The ApiKey that CreateApiKey makes. Raises BadRequestException."""
    value = request.get("value") or _new_value()
    require_value(value)
    # AWS: generateDistinctId, when it is false, makes the value the identifier.
    key_id = value if request.get("generateDistinctId") is False else random_lower(10)
    key: Settings = {"id": key_id, "value": value}
    for name in ("name", "customerId", "description"):
        if request.get(name):
            key[name] = request[name]
    key["enabled"] = bool(request.get("enabled", False))
    key["createdDate"] = key["lastUpdatedDate"] = now
    key["stageKeys"] = [
        f"{stage.get('restApiId')}/{stage.get('stageName')}" for stage in request.get("stageKeys") or ()
    ]
    if request.get("tags"):
        key["tags"] = dict(request["tags"])
    return key


def _new_value() -> str:
    letters = zip(random_upper(40), random_lower(40), strict=True)
    return "".join(upper if upper < "N" else lower for upper, lower in letters)


def require_value(value: str) -> None:
    if len(value) < SHORTEST_VALUE:
        raise BadRequestException(f"API Key value should be at least {SHORTEST_VALUE} characters")
    if len(value) > LONGEST_VALUE:
        raise BadRequestException(f"API Key value should be at most {LONGEST_VALUE} characters")
    if not _VALUE.fullmatch(value):
        raise BadRequestException("API Key value contains invalid characters")


def shown_key(key: Settings, *, has_value: bool) -> Settings:
    return key if has_value else {name: value for name, value in key.items() if name != "value"}


def patch_key(key: Settings, patch: Patch) -> None:
    """Change an ApiKey. Raises BadRequestException."""
    member = patch.parts[0]
    if len(patch.parts) > 1 or member not in ("name", "description", "enabled", "customerId", "stages"):
        raise patch.refused()
    if member == "stages":
        patch.require_op("add", "remove")
        stages = [stage for stage in key["stageKeys"] if stage != patch.text]
        key["stageKeys"] = [*stages, patch.text] if patch.op == "add" else stages
        return
    patch.require_op("replace")
    if member == "enabled":
        key[member] = patch.is_true
    elif patch.value:
        key[member] = patch.value
    else:
        key.pop(member, None)


@dataclass(slots=True)
class Imported:
    """A row of a table of keys."""

    request: Settings
    plan_ids: list[str] = field(default_factory=list)


def parse_table(body: bytes) -> tuple[list[Imported], list[str]]:
    """The keys of a table in CSV, whose first row names its columns, and warnings. Raises BadRequestException."""
    try:
        rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error):
        raise BadRequestException("Failed to parse CSV: the body is not a table in UTF-8") from None
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        raise BadRequestException("Failed to parse CSV: the body is empty")
    columns = [cell.strip().lower() for cell in rows[0]]
    if "key" not in columns or "name" not in columns:
        raise BadRequestException("Failed to parse CSV: columns 'name' and 'key' are required")
    warnings = [f"Unknown column '{column}' ignored" for column in columns if column not in _COLUMNS]
    return [_imported(dict(zip(columns, row, strict=False))) for row in rows[1:]], warnings


def _imported(row: dict[str, str]) -> Imported:
    cells = {name: cell.strip() for name, cell in row.items()}
    request: Settings = {"name": cells.get("name", ""), "value": cells.get("key", "")}
    request["enabled"] = cells.get("enabled", "").lower() == "true"
    for column, member in (("description", "description"), ("customerid", "customerId")):
        if cells.get(column):
            request[member] = cells[column]
    if not request["value"]:
        del request["value"]
    plans = cells.get("usageplanids", "")
    return Imported(request, [plan.strip() for plan in re.split(r"[,;|]", plans) if plan.strip()])
