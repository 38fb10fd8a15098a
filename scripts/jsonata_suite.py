"""Run jsonata-js's own test suite against `kernel/jsonata`.

Usage: python -m scripts.jsonata_suite FOLDER, the `test/test-suite` of a check-out of
https://github.com/jsonata-js/jsonata. Prints what differs, and the count. Cases of `$eval` are expected to differ.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from serein.kernel.jsonata import UNDEFINED, JsonataError, Limits, compile_expression

_NOW = 1_700_000_000.0
_SIZE_BYTES = 80_000_000


def cases(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every case with its name; its data and its expression are in it."""
    for path in sorted(folder.glob("groups/*/*.json")):
        found = json.loads(path.read_text())
        for at, case in enumerate(found if isinstance(found, list) else [found]):
            if "expr-file" in case:
                case["expr"] = (path.parent / case["expr-file"]).read_text()
            if case.get("dataset"):
                case["data"] = json.loads((folder / "datasets" / f"{case['dataset']}.json").read_text())
            yield f"{path.parent.name}/{path.stem}[{at}]", case


def outcome(case: dict[str, Any]) -> tuple[bool, Any]:
    """Whether a case passes, and what came out."""
    depth = case.get("depth") or 300
    limits = Limits(seconds=(case.get("timelimit") or 5000) / 1000, depth=depth, size_bytes=_SIZE_BYTES)
    try:
        found = compile_expression(case["expr"], depth, True).evaluate(
            case.get("data", UNDEFINED), case.get("bindings") or {}, now=_NOW, limits=limits
        )
    except JsonataError as error:
        code = case.get("code") or (case.get("error") or {}).get("code")
        return error.code == code or (code == "U1001" and error.code == "U1002"), error
    if "result" in case:
        return same(found, case["result"]), found
    return "undefinedResult" in case and found is UNDEFINED, found


def same(found: Any, expected: Any) -> bool:
    """Equality of JSON; numbers may differ in their last digits."""
    if isinstance(expected, list):
        is_list = isinstance(found, list) and len(found) == len(expected)
        return is_list and all(same(one, other) for one, other in zip(found, expected, strict=True))
    if isinstance(expected, dict):
        is_object = isinstance(found, dict) and found.keys() == expected.keys()
        return is_object and all(same(found[key], value) for key, value in expected.items())
    if isinstance(expected, int | float) and not isinstance(expected, bool) and isinstance(found, int | float):
        return not isinstance(found, bool) and abs(found - expected) <= 1e-9 * max(1.0, abs(expected))
    return type(found) is type(expected) and bool(found == expected)


def main(folder: str) -> None:
    passed = total = 0
    for name, case in cases(Path(folder)):
        is_good, found = outcome(case)
        total += 1
        passed += is_good
        if not is_good:
            print(f"{name}: {case['expr'][:80]!r} gives {str(found)[:80]!r}")
    print(f"{passed} of {total}")


if __name__ == "__main__":
    main(sys.argv[1])
