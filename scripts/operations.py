"""Writes docs/operations.md from the code: what each operation honestly supports."""

import sys
from pathlib import Path

from serein.kernel.operation import Catalog, Operation, folder_of
from serein.wire.models import Models

PAGE = Path(__file__).parents[1] / "docs" / "operations.md"
HEAD = """# Operations

What Serein does of each AWS operation. This page is generated from the code (`make docs`); a test keeps it so.

- **real**: behaves as AWS documents, as far as we know. Tell us when it doesn't.
- **partial**: the page says what is missing.
- **stored only**: input members that are kept and shown, but have no effect.

Operations that aren't listed answer with a clear error (HTTP status 501 and the operation's name).
"""


def write_page() -> str:
    """The whole page."""
    catalog = Catalog("serein.services")
    models = Models(catalog)
    services = {folder: _service_of(catalog, folder) for folder in catalog.folders}
    sections, summary, total = [], [], 0
    for folder, name in services.items():
        operations = [found for found in catalog.operations_of(name) if not found.internal]
        model = models.find_service(name)
        known = len(model.operations) if model else 0
        total += len(operations)
        partial = sum(1 for found in operations if found.partial or found.stored)
        link = name.replace("-", "")
        real = len(operations) - partial
        summary.append(f"| [{name}](#{link}) | {len(operations)} of {known} | {real} | {partial} |")
        missing = sorted(set(model.operations if model else ()) - {found.name for found in operations})
        sections.append(_section(name, operations, missing))
        assert folder == folder_of(name)
    table = "| service | operations | real | partial |\n| --- | ---: | ---: | ---: |\n" + "\n".join(summary)
    return f"{HEAD}\n{total} operations of {len(services)} services.\n\n{table}\n\n" + "\n".join(sections)


def _service_of(catalog: Catalog, folder: str) -> str:
    for name in (folder, folder.rstrip("_"), folder.replace("_", "-")):
        if folder_of(name) == folder and (service := catalog.find_service(name)) is not None:
            return service.name
    raise LookupError(folder)


def _section(name: str, operations: list[Operation], missing: list[str]) -> str:
    lines = [f"## {name}", "", "| operation | support | stored only |", "| --- | --- | --- |"]
    for found in operations:
        support = f"partial: {found.partial}" if found.partial else "real"
        lines.append(f"| {found.name} | {support} | {', '.join(f'`{member}`' for member in found.stored)} |")
    if missing:
        lines += ["", f"Not here: {', '.join(missing)}."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text() != write_page())
    PAGE.write_text(write_page())
