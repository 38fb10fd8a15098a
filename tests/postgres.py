"""A PostgreSQL server of the tests' own, from the machine's binaries; none when there are none."""

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg
import pytest

from serein.kernel.ids import random_lower

_MISSING = (
    "PostgreSQL's server is not installed (Debian: apt-get install postgresql); set SEREIN_TEST_POSTGRES to use one"
)
_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    # Why: no test cuts the power. What a killed Serein has committed is kept without it.
    "fsync": "off",
}


def _binaries() -> Path | None:
    found = shutil.which("pg_ctl")
    if found:
        return Path(found).parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    return installed[-1].parent if installed else None


@contextmanager
def postgres_server() -> Iterator[str]:
    """Yield the URL of an empty database; skip the test where PostgreSQL isn't installed."""
    given = os.environ.get("SEREIN_TEST_POSTGRES")
    if given:
        yield given
        return
    binaries = _binaries()
    if binaries is None:
        pytest.skip(_MISSING)
    server = _running_server(binaries)
    name = f"test_{random_lower(12)}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{server}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@cache
def _running_server(binaries: Path) -> str:
    """The URL of a server that runs until this process ends; its databases are the tests'."""
    # PostgreSQL refuses to run as root; Debian's package brings a user for it, who can't enter pytest's folders.
    user = "postgres" if os.getuid() == 0 else None
    data = Path(tempfile.mkdtemp(prefix="serein-postgres-"))
    if user:
        shutil.chown(data, user)

    def run(program: str, *arguments: str) -> None:
        command = [str(binaries / program), "-D", str(data / "cluster"), *arguments]
        environment = {"PATH": os.defpath, "LC_ALL": "C"}
        subprocess.run(command, check=True, user=user, cwd="/", stdout=subprocess.DEVNULL, env=environment)

    def end() -> None:
        run("pg_ctl", "-m", "immediate", "-w", "stop")
        shutil.rmtree(data, ignore_errors=True)

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    run("initdb", "-U", "serein", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync")
    options = {**_OPTIONS, "port": str(port), "unix_socket_directories": str(data)}
    given = " ".join(f"-c {name}={value}" for name, value in options.items())
    run("pg_ctl", "-l", str(data / "log"), "-w", "-o", given, "start")
    atexit.register(end)
    return f"postgresql://serein@127.0.0.1:{port}"
