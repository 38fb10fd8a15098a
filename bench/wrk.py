"""Drives a server with wrk: prepared requests from a few connections, counted by C code."""

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


class WrkMissing(Exception):
    """wrk is not installed (Debian: apt-get install wrk; macOS: brew install wrk)."""


@dataclass(frozen=True)
class Measured:
    """What wrk reports."""

    per_second: float
    median_ms: float
    p99_ms: float
    errors: int
    requests: int
    """How many were answered."""


_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


def drive(
    port: int, method: str, path: str, headers: dict[str, str], body_lua: str, connections: int, seconds: int
) -> Measured:
    """Send requests whose body is the Lua expression `body_lua` (it may use `n`, a random number)."""
    if shutil.which("wrk") is None:
        raise WrkMissing(WrkMissing.__doc__)
    fields = ", ".join(f'["{name}"]={_quoted(value)}' for name, value in headers.items())
    script = f"""
math.randomseed(os.time())
local headers = {{{fields}}}
request = function()
  local n = math.random(1, 100000)
  return wrk.format({_quoted(method)}, {_quoted(path)}, headers, {body_lua})
end
"""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "load.lua"
        file.write_text(script)
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(file)]
        output = subprocess.run(
            [*command, f"http://127.0.0.1:{port}/"], check=True, capture_output=True, text=True
        ).stdout
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
    errors = (int(bad[1]) if bad else 0) + (sum(map(int, broken.groups())) if broken else 0)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    count = re.search(r"(\d+) requests in", output)
    return Measured(
        float(rate[1]) if rate else 0.0,
        _percentile(output, "50"),
        _percentile(output, "99"),
        errors,
        int(count[1]) if count else 0,
    )


def _percentile(output: str, which: str) -> float:
    found = re.search(rf"\s{which}%\s+([\d.]+)(us|ms|s|m)\b", output)
    return float(found[1]) * _UNITS[found[2]] if found else 0.0


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
