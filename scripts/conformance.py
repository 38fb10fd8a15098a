"""Write the scores in docs/conformance.md from the result files of other people's suites.

Usage: python -m scripts.conformance "Suite name=results.xml" "Other suite=results.json" …

Result files are JUnit XML (pytest) or the JSON of vitest. The page's text around the table stays as it is.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

PAGE = Path(__file__).parents[1] / "docs" / "conformance.md"
BEGIN, END = "<!-- scores: begin -->", "<!-- scores: end -->"


class Result(NamedTuple):
    """One test: the part of the suite that it is in, its name, and `passed`, `failed` or `skipped`."""

    part: str
    name: str
    outcome: str


def results_of(path: Path) -> list[Result]:
    """The results in a file. Raises ValueError for a file of another kind."""
    if path.suffix == ".xml":
        return list(_junit_results(path))
    if path.suffix == ".json":
        return list(_vitest_results(path))
    raise ValueError(f"{path} is neither JUnit XML nor vitest's JSON")


def _junit_results(path: Path) -> Iterator[Result]:
    for case in ElementTree.parse(path).iter("testcase"):
        outcome = "passed"
        for child in case:
            if child.tag in ("failure", "error"):
                outcome = "failed"
            elif child.tag == "skipped":
                outcome = "skipped"
        yield Result(case.get("classname", "").rpartition(".")[2], case.get("name", ""), outcome)


def _vitest_results(path: Path) -> Iterator[Result]:
    for file in json.loads(path.read_text())["testResults"]:
        parts = file["name"].rpartition("/tests/")[2].split("/")
        for test in file["assertionResults"]:
            outcome = test["status"] if test["status"] in ("passed", "failed") else "skipped"
            yield Result("/".join(parts[:2]), test["fullName"], outcome)


def table_of(suites: dict[str, list[Result]]) -> str:
    """The scores as a Markdown table: a line for each suite and, below it, for each of its parts."""
    lines = ["| suite | passed | failed | not for this service |", "| --- | ---: | ---: | ---: |"]
    for name, results in suites.items():
        lines.append(_line(f"**{name}**", results))
        for part in sorted({result.part for result in results}):
            lines.append(_line(part, [result for result in results if result.part == part]))
    return "\n".join(lines)


def _line(name: str, results: list[Result]) -> str:
    counts = Counter(result.outcome for result in results)
    return f"| {name} | {counts['passed']} | {counts['failed']} | {counts['skipped']} |"


def with_table(page: str, table: str) -> str:
    """The page with another table between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def main(arguments: list[str]) -> None:
    """Write the page, and name the tests that failed."""
    named = [argument.rpartition("=") for argument in arguments]
    suites = {name: results_of(Path(path)) for name, _, path in named}
    PAGE.write_text(with_table(PAGE.read_text(), table_of(suites)))
    for name, results in suites.items():
        for result in results:
            if result.outcome == "failed":
                print(f"{name}: {result.part}: {result.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
