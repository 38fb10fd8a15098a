"""What is measured of functions: warm and cold invocations, many at once, many functions, large payloads."""

import asyncio
import base64
import functools
import io
import shutil
import statistics
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path

from bench import wrk
from bench.calls import SECONDS, Load, Result, named_headers, rest
from bench.http_client import Connection, latencies, rest_head
from bench.peers import COLD_STARTS, PREPARED, Running

PYTHON = PREPARED["warm"].code
NODE = PREPARED["warm-node"].code
WITH_SDK = "import boto3\ntable = boto3.resource('dynamodb').Table('t')\n" + PYTHON
_FUNCTIONS = 100
_LARGE_BYTES = 6_000_000


def package(name: str, content: bytes) -> str:
    """A function package of one executable file, in base64."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = 0o100755 << 16
        archive.writestr(entry, content)
    return base64.b64encode(buffer.getvalue()).decode()


def create_function(port: int, name: str, runtime: str, file: str, content: str | bytes) -> None:
    request = {
        "FunctionName": name,
        "Runtime": runtime,
        "Role": "arn:aws:iam::000000000000:role/bench",
        "Handler": f"{file.partition('.')[0]}.handler",
        "Code": {"ZipFile": package(file, content.encode() if isinstance(content, str) else content)},
        "Timeout": 30,
        "MemorySize": 512,
    }
    rest(port, "lambda", "POST", "/2015-03-31/functions", request)


def prepare(running: Running, name: str) -> tuple[int, str]:
    """Have one of the prepared functions there; the port and the path at which it is invoked."""
    function = PREPARED[name]
    if running.invoke_port is None:
        create_function(running.port, name, function.runtime, function.file, function.code)
        return running.port, _path(name)
    return running.invoke_port, _path(f"bench-dev-{name}")


def _path(name: str) -> str:
    return f"/2015-03-31/functions/{name}/invocations"


def _head(path: str) -> bytes:
    return rest_head("127.0.0.1", "POST", path, "lambda")


async def _invoke(head: bytes, body: bytes, connection: Connection, _number: int) -> int:
    status, reply = await connection.send(head, body)
    if status != 200 or b'"errorMessage"' in reply[:1000]:
        raise RuntimeError(f"an invocation failed: {status} {reply[:300]!r}")
    return status


def _once(port: int, path: str, body: bytes = b"{}") -> float:
    """The milliseconds of one invocation."""
    return asyncio.run(latencies(1, port, functools.partial(_invoke, _head(path), body)))[0]


def warm(running: Running) -> list[Result]:
    """Warm invocations of trivial functions."""
    results = []
    for label, name in (("Python", "warm"), ("Node", "warm-node")):
        port, path = prepare(running, name)
        invoke = functools.partial(_invoke, _head(path), b"{}")
        asyncio.run(latencies(20, port, invoke))
        one = asyncio.run(latencies(300, port, invoke))
        before = running.memory_mb()
        headers = named_headers("lambda")
        wrk.drive(port, "POST", path, headers, "'{}'", 16, 2)
        many = wrk.drive(port, "POST", path, headers, "'{}'", 16, SECONDS)
        results += [
            Result(f"warm {label} invoke, median", running.name, statistics.median(one), "ms"),
            Result(f"warm {label} invokes, 16 at once", running.name, many.per_second, "/s", many.errors),
            Result(f"memory while {label} is warm", running.name, before, "MB"),
        ]
    return results


def cold(running: Running) -> list[Result]:
    """First invocations of new functions."""
    wanted: list[tuple[str, str, str, str | bytes]] = [
        ("Python", "python3.11", "index.py", PYTHON),
        ("Python with boto3", "python3.11", "index.py", WITH_SDK),
        ("Node", "nodejs20.x", "index.js", NODE),
    ]
    if shutil.which("gcc") is not None:
        wanted.append(("provided", "provided.al2023", "bootstrap", _own_runtime()))
    results = []
    for label, runtime, file, content in wanted:
        taken = []
        for number in range(COLD_STARTS):
            name = f"cold-{label.replace(' ', '-')}-{number}"
            create_function(running.port, name, runtime, file, content)
            taken.append(_once(running.port, _path(name)))
        # Why the first are left out: they start the runtime's fork server, once for the server's life.
        results.append(Result(f"cold {label} invoke, median", running.name, statistics.median(taken[3:]), "ms"))
    return results


def cold_offline(running: Running) -> list[Result]:
    """The same, on servers whose functions are all there from the start."""
    if running.invoke_port is None:
        return []
    results = []
    for label, prefix in (("Python", "cold"), ("Node", "cold-node")):
        taken = [_once(running.invoke_port, _path(f"bench-dev-{prefix}-{n}")) for n in range(COLD_STARTS)]
        results.append(Result(f"cold {label} invoke, median", running.name, statistics.median(taken[3:]), "ms"))
    return results


def _own_runtime() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "bootstrap"
        source = Path(__file__).with_name("bootstrap.c")
        subprocess.run(["gcc", "-O2", "-o", str(program), str(source)], check=True, capture_output=True)
        return program.read_bytes()


def hundred(running: Running) -> list[Result]:
    """A hundred different functions, each invoked once."""
    port = running.port
    before = running.memory_mb()
    for number in range(_FUNCTIONS):
        create_function(port, f"one-of-{number}", "python3.11", "index.py", f"{PYTHON}# {number}\n")
    begun = time.perf_counter()
    for number in range(_FUNCTIONS):
        _once(port, _path(f"one-of-{number}"))
    taken = time.perf_counter() - begun
    return [
        Result("100 functions, once each", running.name, taken, "s"),
        Result("memory that they take", running.name, running.memory_mb() - before, "MB"),
    ]


def large(running: Running) -> list[Result]:
    """Payloads of 6 MB: as the event, and as event and reply."""
    results = []
    for label, name in (("in", "length"), ("in and out", "echo")):
        port, path = prepare(running, name)
        body = b'"' + b"x" * (_LARGE_BYTES - 2) + b'"'
        head = _head(path)
        asyncio.run(latencies(2, port, functools.partial(_invoke, head, body)))
        per_second = asyncio.run(_rate_of_large(port, head, body))
        results.append(Result(f"6 MB {label}, 4 at once", running.name, per_second, "/s"))
    return results


async def _rate_of_large(port: int, head: bytes, body: bytes) -> float:
    begun, count = time.perf_counter(), 0
    end = begun + SECONDS

    async def one() -> None:
        nonlocal count
        connection = await Connection("127.0.0.1", port, limit=2**24).open()
        while time.perf_counter() < end:
            await _invoke(head, body, connection, 0)
            count += 1
        connection.close()

    await asyncio.gather(*[one() for _ in range(4)])
    return count / (time.perf_counter() - begun)


def http_api(running: Running) -> list[Result]:
    """GET through an HTTP API to a trivial Python function."""
    port, path = running.port, "/hello"
    if running.name == "serein":
        create_function(port, "api", "python3.11", "index.py", PYTHON)
        arn = "arn:aws:lambda:us-east-1:000000000000:function:api"
        request = {"name": "bench", "protocolType": "HTTP", "target": arn}
        api = rest(port, "apigateway", "POST", "/v2/apis", request)
        path = f"/_aws/execute-api/{api['apiId']}/$default/hello"
    wrk.drive(port, "GET", path, {}, "nil", 16, 2)
    measured = wrk.drive(port, "GET", path, {}, "nil", 16, SECONDS)
    return [
        Result("HTTP API to Python function, 16 connections", running.name, measured.per_second, "/s", measured.errors)
    ]


LOADS: dict[str, tuple[str, Load]] = {
    "warm": ("invoke", warm),
    "cold": ("lambda", cold),
    "cold-offline": ("invoke", cold_offline),
    "hundred": ("lambda", hundred),
    "large": ("invoke", large),
    "http-api": ("httpapi", http_api),
}
