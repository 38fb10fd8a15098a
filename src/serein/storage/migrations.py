"""Brings a database's schema up to date: every service's schema files, each applied once."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from serein.kernel.database import Transaction

_STATEMENT = re.compile(r"(?:--[^\n]*\n|'[^']*'|[^;'-]|-(?!-))+")
_COMMENT = re.compile(r"--[^\n]*\n")
CREATE_APPLIED = (
    "CREATE TABLE IF NOT EXISTS applied_schemas (folder TEXT NOT NULL, file TEXT NOT NULL, PRIMARY KEY (folder, file))"
)


def statements_of(path: Path) -> Iterator[str]:
    """The statements of a schema file, without comments."""
    for match in _STATEMENT.finditer(path.read_text()):
        statement = _COMMENT.sub("", match.group() + "\n").strip()
        if statement:
            yield statement


def migrate(tx: Transaction, files: list[tuple[str, Path]], dialect: Callable[[str], str]) -> None:
    """Apply the files that the database hasn't had; `dialect` turns a statement into the engine's own."""
    tx.run(dialect(CREATE_APPLIED))
    applied = {(folder, file) for folder, file in tx.all("SELECT folder, file FROM applied_schemas")}
    for folder, path in files:
        if (folder, path.name) not in applied:
            for statement in statements_of(path):
                tx.run(dialect(statement))
            tx.run("INSERT INTO applied_schemas (folder, file) VALUES (:folder, :file)", folder=folder, file=path.name)
