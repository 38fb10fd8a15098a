"""`serein up` on examples/orders, the second time: until the application is ready, with all that was kept."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.calls import Load, Result
from bench.peers import Running

_ORDERS = Path(__file__).parents[1] / "examples" / "orders"
_READY = "Logs follow"
_PATIENCE_SECONDS = 120


def up_again(running: Running) -> list[Result]:
    """A server of its own; the one that runs has no part in it."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "orders"
        shutil.copytree(_ORDERS, project, ignore=shutil.ignore_patterns(".serein", "__pycache__"))
        _seconds_until_ready(project)
        took = _seconds_until_ready(project)
    return [Result("serein up, examples/orders, second time", running.name, took, "s")]


def _seconds_until_ready(project: Path) -> float:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SEREIN_"))}
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "serein", "up", str(project), "--port", "0"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if _READY in line:
            break
    took = time.perf_counter() - begun
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=_PATIENCE_SECONDS)
    if not said or _READY not in said[-1]:
        raise RuntimeError("".join(said))
    return took


LOADS: dict[str, tuple[str, Load]] = {"up-again": ("deployments", up_again)}
