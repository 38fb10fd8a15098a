"""`serein invoke --debug`: a function waits for a debugger, and everything else goes on."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli_runs import PATIENCE_SECONDS, Run
from debuggers import NodeDebugger, PythonDebugger
from serein.testing import Serein

TEMPLATE = f"""
Transform: AWS::Serverless-2016-10-31
Globals: {{Function: {{Timeout: 3, Handler: app.handler}}}}
Resources:
  Snake: {{Type: AWS::Serverless::Function, Properties: {{CodeUri: snake, Runtime: python3.{sys.version_info[1]}}}}}
  Script: {{Type: AWS::Serverless::Function, Properties: {{CodeUri: script, Runtime: nodejs20.x}}}}
  Program: {{Type: AWS::Serverless::Function, Properties: {{CodeUri: snake, Runtime: provided.al2023}}}}
"""
SNAKE = """
def handler(event, context):
    name = event.get("name", "nobody")
    print("on its way to", name)
    return "hello " + name
"""
SCRIPT = """
exports.handler = async (event) => {
  const name = event.name ?? "nobody";
  console.log("on its way to", name);
  return "hello " + name;
};
"""


class Debugged:
    """A running `serein invoke --debug`."""

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "serein", "invoke", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said = ""
        self._listening = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said += line
            if line == "}\n":
                self._listening.set()
        self._listening.set()

    def port(self) -> int:
        """Where it waits; what it said is in the failure when it doesn't."""
        assert self._listening.wait(PATIENCE_SECONDS), self.said
        assert "waits for a debugger at 127.0.0.1:" in self.said, self.said
        return int(self.said.partition("waits for a debugger at 127.0.0.1:")[2].partition(",")[0])

    def launch(self) -> dict[str, object]:
        """The configuration for VS Code."""
        self.port()
        text = self.said[self.said.index("\n{\n") :]
        found: dict[str, object] = json.JSONDecoder().raw_decode(text.strip())[0]
        return found

    def outcome(self) -> tuple[int, str]:
        assert self.process.stdout is not None
        reply = self.process.stdout.read()
        self.process.wait(PATIENCE_SECONDS)
        self._reader.join(PATIENCE_SECONDS)
        return self.process.returncode, reply

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture
def application(tmp_path: Path, serein: Serein) -> Path:
    folder = tmp_path / "zoo"
    for name, file, code in (("snake", "app.py", SNAKE), ("script", "app.js", SCRIPT)):
        (folder / name).mkdir(parents=True)
        (folder / name / file).write_text(code)
    (folder / "template.yaml").write_text(TEMPLATE)
    serein.deploy(folder, "zoo")
    return folder


@pytest.fixture
def begin(environment: dict[str, str], serein: Serein) -> Iterator[Callable[..., Debugged]]:
    begun: list[Debugged] = []
    variables = {**environment, "AWS_ENDPOINT_URL": serein.endpoint, "AWS_ACCESS_KEY_ID": serein.account}

    def start(*arguments: str) -> Debugged:
        begun.append(Debugged(variables, *arguments))
        return begun[-1]

    yield start
    for debugged in begun:
        debugged.close()


def test_a_python_function_stops_at_a_breakpoint_while_others_go_on(
    begin: Callable[..., Debugged], application: Path, serein_cli: Run
) -> None:
    debugged = begin("Snake", '{"name": "Ada"}', "--debug")
    launch = debugged.launch()
    assert (launch["type"], launch["request"]) == ("debugpy", "attach")
    mapping = launch["pathMappings"][0]  # type: ignore[index]
    assert mapping["localRoot"] == str(application / "snake")
    debugger = PythonDebugger(debugged.port())
    debugger.attach(mapping["localRoot"], mapping["remoteRoot"])
    source = {"path": str(application / "snake" / "app.py")}
    found = debugger.request("setBreakpoints", source=source, breakpoints=[{"line": 5}])
    assert found["breakpoints"][0]["verified"]
    debugger.request("configurationDone")
    thread, frame = debugger.stopped()
    assert (frame["line"], frame["source"]["path"]) == (5, source["path"])
    assert debugger.variables(frame)["name"] == "'Ada'"
    left = debugger.request("evaluate", frameId=frame["id"], expression="context.get_remaining_time_in_millis()")
    assert int(left["result"]) > 3_600_000
    shown = debugger.request("evaluate", frameId=frame["id"], expression="context.memory_limit_in_mb")
    assert "128" in shown["result"]

    assert serein_cli("invoke", "Snake", '{"name": "Grace"}').stdout == '"hello Grace"\n'
    assert serein_cli("invoke", "Script").stdout == '"hello nobody"\n'
    assert debugged.process.poll() is None

    debugger.request("setVariable", variablesReference=_locals(debugger, frame), name="name", value="'Eve'")
    debugger.send("continue", threadId=thread)
    assert debugged.outcome() == (0, '"hello Eve"\n')
    assert "on its way to Ada" in debugged.said
    debugger.close()


def _locals(debugger: PythonDebugger, frame: dict[str, object]) -> int:
    scopes: list[dict[str, int]] = debugger.request("scopes", frameId=frame["id"])["scopes"]
    return scopes[0]["variablesReference"]


def test_a_node_function_stops_at_a_breakpoint_while_others_go_on(
    begin: Callable[..., Debugged], application: Path, serein_cli: Run
) -> None:
    debugged = begin("Script", '{"name": "Ada"}', "--debug")
    launch = debugged.launch()
    assert (launch["type"], launch["localRoot"]) == ("node", str(application / "script"))
    debugger = NodeDebugger(debugged.port())
    debugger.request("Runtime.enable")
    debugger.request("Debugger.enable")
    url = f"file://{launch['remoteRoot']}/app.js"
    debugger.request("Debugger.setBreakpointByUrl", lineNumber=4, url=url)
    debugger.request("Runtime.runIfWaitingForDebugger")
    frame = debugger.paused()
    assert frame["location"]["lineNumber"] == 4
    name = debugger.request("Debugger.evaluateOnCallFrame", callFrameId=frame["callFrameId"], expression="name")
    assert name["result"]["value"] == "Ada"

    assert serein_cli("invoke", "Script", '{"name": "Grace"}').stdout == '"hello Grace"\n'
    assert serein_cli("invoke", "Snake").stdout == '"hello nobody"\n'
    assert debugged.process.poll() is None

    debugger.send("Debugger.resume")
    assert debugged.outcome() == (0, '"hello Ada"\n')
    assert "node inspect 127.0.0.1:" in debugged.said
    assert "devtools://" in debugged.said
    debugger.close()


def test_a_node_function_can_be_stopped_before_its_handler(begin: Callable[..., Debugged], application: Path) -> None:
    debugged = begin("Script", "--debug-break")
    debugger = NodeDebugger(debugged.port())
    debugger.request("Debugger.enable")
    debugger.request("Runtime.runIfWaitingForDebugger")
    frame = debugger.paused()
    event = debugger.request("Debugger.evaluateOnCallFrame", callFrameId=frame["callFrameId"], expression="event")
    assert event["result"]["type"] == "object"
    debugger.send("Debugger.resume")
    assert debugged.outcome() == (0, '"hello nobody"\n')
    debugger.close()


@pytest.mark.parametrize("function", ["Snake", "Script"])
def test_ctrl_c_ends_the_function_and_its_debugger(
    begin: Callable[..., Debugged], application: Path, function: str
) -> None:
    debugged = begin(function, "--debug")
    port = debugged.port()
    debugged.process.send_signal(signal.SIGINT)
    code, reply = debugged.outcome()
    assert (code, reply) == (1, "")
    assert "has been ended" in debugged.said
    assert "Traceback" not in debugged.said
    moment = threading.Event()
    for _ in range(600):
        if _is_free(port):
            return
        moment.wait(0.1)
    pytest.fail("the debugger is still listening")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def test_what_can_not_be_debugged_is_told(begin: Callable[..., Debugged], application: Path, serein_cli: Run) -> None:
    told = serein_cli("invoke", "Program", "--debug")
    assert told.returncode == 1
    assert "debugs functions in Python and Node.js" in told.stderr
    assert "is for Node.js" in serein_cli("invoke", "Snake", "--debug-break").stderr
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        told = serein_cli("invoke", "Snake", "--debug", "--port", port)
        assert told.returncode == 1
        assert f"Port {port} is in use" in told.stderr
    assert serein_cli("invoke", "Snake", "--port", "5678").returncode == 2
    assert serein_cli("invoke", "Snake", "--debug", "--async").returncode == 2


@pytest.mark.parametrize(
    ("method", "headers", "body", "status"),
    [
        ("GET", {}, "", 405),
        ("POST", {}, "nonsense", 400),
        ("POST", {}, '{"FunctionArn": "x", "Port": 1}', 400),
        ("POST", {}, '{"FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:f", "Port": 70000}', 400),
        (
            "POST",
            {"Origin": "http://a.page"},
            '{"FunctionArn": "arn:aws:lambda:us-east-1:1:function:f", "Port": 1}',
            403,
        ),
    ],
)
def test_requests_to_debug_are_checked(
    serein: Serein, method: str, headers: dict[str, str], body: str, status: int
) -> None:
    host = serein.endpoint.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=30)
    connection.request(method, "/_aws/lambda/debug", body, headers)
    answer = connection.getresponse()
    assert answer.status == status, answer.read()
    connection.close()
