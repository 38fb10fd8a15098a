"""A PostgreSQL server of the tests' own, from the machine's binaries; none when there are none."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_MISSING = (
    "PostgreSQL's server is not installed (Debian: apt-get install postgresql); set SEREIN_TEST_POSTGRES to use one"
)


def _binaries() -> Path | None:
    found = shutil.which("pg_ctl")
    if found:
        return Path(found).parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    return installed[-1].parent if installed else None


@contextmanager
def postgres_server() -> Iterator[str]:
    """Yield the URL of an empty server; skip the test where PostgreSQL isn't installed."""
    given = os.environ.get("SEREIN_TEST_POSTGRES")
    if given:
        yield given
        return
    binaries = _binaries()
    if binaries is None:
        pytest.skip(_MISSING)
    # PostgreSQL refuses to run as root; Debian's package brings a user for it, who can't enter pytest's folders.
    user = "postgres" if os.getuid() == 0 else None
    data = Path(tempfile.mkdtemp(prefix="serein-postgres-"))
    if user:
        shutil.chown(data, user)

    def run(*command: str) -> None:
        subprocess.run(
            command, check=True, user=user, cwd="/", stdout=subprocess.DEVNULL, env={"PATH": os.defpath, "LC_ALL": "C"}
        )

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    run(
        str(binaries / "initdb"),
        "-D",
        str(data / "cluster"),
        "-U",
        "serein",
        "--auth=trust",
        "-E",
        "UTF8",
        "--locale=C",
    )
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='{data}' -c max_connections=200"
    run(str(binaries / "pg_ctl"), "-D", str(data / "cluster"), "-l", str(data / "log"), "-w", "-o", options, "start")
    try:
        yield f"postgresql://serein@127.0.0.1:{port}/postgres"
    finally:
        run(str(binaries / "pg_ctl"), "-D", str(data / "cluster"), "-m", "immediate", "-w", "stop")
        shutil.rmtree(data, ignore_errors=True)
