"""The servers that are compared, and how each is installed and started."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

COLD_STARTS = 13
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "serein" / "bench"


@dataclass(frozen=True)
class Function:
    """A function that several servers get."""

    runtime: str
    file: str
    code: str


_PYTHON = "def handler(event, context):\n    return {'statusCode': 200, 'body': 'hello'}\n"
_NODE = "exports.handler = async () => ({ statusCode: 200, body: 'hello' });\n"
PREPARED = {
    "warm": Function("python3.11", "index.py", _PYTHON),
    "warm-node": Function("nodejs20.x", "index.js", _NODE),
    "length": Function("python3.11", "index.py", "def handler(event, context):\n    return len(event)\n"),
    "echo": Function("python3.11", "index.py", "def handler(event, context):\n    return event\n"),
}


class PeerMissing(Exception):
    """The peer can't be installed or started here; the message says why."""


@dataclass
class Running:
    """A started server."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    ready_ms: float
    data: Path
    invoke_port: int | None = None
    """Where functions are invoked, when that is apart and they are all there from the start."""

    def memory_mb(self) -> float:
        """Resident memory of the process and its children, shared pages counted once (PSS), in MiB."""
        return sum(_pss_kib(pid) for pid in _tree(self.process.pid)) / 1024

    def cpu_seconds(self) -> float:
        """What the process and its children have used of processors."""
        return sum(_cpu_seconds(pid) for pid in _tree(self.process.pid))


@dataclass(frozen=True)
class Peer:
    """A server to compare with. `services` are those it can be measured on."""

    name: str
    version: str
    services: frozenset[str]
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    health: str = "/"
    invoke_port: int | None = None


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serein() -> Peer:
    queues = {"sqs", "sns", "events", "event functions"}
    apis = {"httpapi", "restapi", "authorizers", "websockets"}
    services = frozenset(
        {"dynamodb", "lambda", "invoke", "pipeline", "deployments", "cloudformation", "states", *apis, *queues}
    )
    return Peer(
        "serein",
        "",
        services,
        [sys.executable, "-m", "serein", "serve", "--port", "{port}", "--data", "{data}"],
        health="/_serein/health",
    )


def moto() -> Peer:
    command = [sys.executable, "-m", "moto.server", "-p", "{port}"]
    services = frozenset({"dynamodb", "sqs", "sns", "events"})
    version = _python_version(Path(sys.executable), "moto")
    return Peer("moto", version, services, command, {"MOTO_ACCOUNT_ID": "000000000000"})


def ministack() -> Peer:
    folder = CACHE / "ministack"
    python = folder / "bin" / "python"
    if not python.exists():
        _run([sys.executable, "-m", "venv", str(folder)])
        _run([str(python), "-m", "pip", "install", "--quiet", "ministack"])
    environment = {"GATEWAY_PORT": "{port}", "MINISTACK_PORT": "{port}", "PORT": "{port}", "LOG_LEVEL": "ERROR"}
    services = frozenset(
        {
            "dynamodb",
            "sqs",
            "sns",
            "events",
            "event functions",
            "lambda",
            "invoke",
            "restapi",
            "cloudformation",
            "states",
        }
    )
    return Peer(
        "ministack", _python_version(python, "ministack"), services, [str(folder / "bin" / "ministack")], environment
    )


def dynalite() -> Peer:
    folder = CACHE / "dynalite"
    if not (folder / "node_modules" / "dynalite").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _run(["npm", "install", "--silent", "--prefix", str(folder), "dynalite@4"])
    command = ["node", str(folder / "node_modules" / "dynalite" / "cli.js"), "--port", "{port}", "--createTableMs", "0"]
    return Peer("dynalite", "4", frozenset({"dynamodb"}), command)


def serverless_offline() -> Peer:
    """Functions over HTTP, without a control plane; version 3 of the framework needs no account."""
    folder = CACHE / "serverless-offline"
    if not (folder / "node_modules" / "serverless-offline").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _run(["npm", "install", "--silent", "--prefix", str(folder), "serverless@3", "serverless-offline@13"])
    cold = {f"cold-{n}": Function("python3.11", f"cold_{n}.py", _PYTHON) for n in range(COLD_STARTS)}
    cold |= {f"cold-node-{n}": Function("nodejs20.x", f"cold_node_{n}.js", _NODE) for n in range(COLD_STARTS)}
    text = (
        "service: bench\nframeworkVersion: '3'\nprovider: {name: aws, runtime: python3.11}\n"
        "plugins: [serverless-offline]\nfunctions:\n"
        "  hello: {handler: warm.handler, events: [{httpApi: {path: /hello, method: get}}]}\n"
    )
    for name, function in {**PREPARED, **cold}.items():
        file = name.replace("-", "_") + Path(function.file).suffix
        (folder / file).write_text(function.code)
        text += f"  {name}: {{handler: {Path(file).stem}.handler, runtime: {function.runtime}}}\n"
    (folder / "serverless.yml").write_text(text)
    invoke_port = free_port()
    ports = ["--httpPort", "{port}", "--lambdaPort", str(invoke_port), "--reloadHandler", "false"]
    command = [str(folder / "node_modules" / ".bin" / "serverless"), "offline", "start", *ports]
    environment = {"SLS_TELEMETRY_DISABLED": "1"}
    services = frozenset({"invoke", "httpapi"})
    return Peer("serverless-offline", "13", services, command, environment, "/hello", invoke_port)


@contextmanager
def started(peer: Peer, timeout_seconds: float = 60.0) -> Iterator[Running]:
    """Start a server on a free port and end it afterwards. Raises PeerMissing."""
    port = free_port()
    data = Path(tempfile.mkdtemp(prefix=f"bench-{peer.name}-"))
    command = [part.replace("{port}", str(port)).replace("{data}", str(data)) for part in peer.command]
    environment = {name: value.replace("{port}", str(port)) for name, value in peer.environment.items()}
    folder = CACHE / peer.name if (CACHE / peer.name).is_dir() else data
    begun = time.perf_counter()
    with (data / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            cwd=folder,
            env={**os.environ, **environment},
            start_new_session=True,
        )
    try:
        _wait(peer, port, process, begun + timeout_seconds)
        yield Running(peer.name, port, process, (time.perf_counter() - begun) * 1000, data, peer.invoke_port)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        shutil.rmtree(data, ignore_errors=True)


def _wait(peer: Peer, port: int, process: subprocess.Popen[bytes], deadline: float) -> None:
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise PeerMissing(f"{peer.name} ended with {process.returncode}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{peer.health}", timeout=2).read()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.002)
        else:
            return
    raise PeerMissing(f"{peer.name} was not ready in time")


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    except (OSError, subprocess.SubprocessError) as error:
        raise PeerMissing(f"{' '.join(command)}: {error}") from error


def _python_version(python: Path, package: str) -> str:
    code = f"import importlib.metadata as m; print(m.version('{package}'))"
    return subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False).stdout.strip()


def _tree(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += _tree(int(child))
    return found


def _cpu_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _pss_kib(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        return 0
    return 0
