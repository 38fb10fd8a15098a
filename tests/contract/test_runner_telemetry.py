"""The Telemetry API and the Logs API: what subscribers are sent, how it is buffered, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from extension_programs import Layer
from runner_functions import ARN, Functions, with_functions

ECHO = "def handler(e, c):\n print('from the function')\n return e"
RECEIVER = """
import http.server, socketserver
class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        events = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        note("batch", self.command, self.path, self.headers["Content-Type"], events)
        self.send_response(200)
        self.end_headers()
    do_PUT = do_POST
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
PORT = server.server_port
def subscribe(api, **members):
    request = {"schemaVersion": "2022-07-01", "types": ["platform", "function", "extension"],
               "buffering": {"maxItems": 1000, "maxBytes": 262144, "timeoutMs": 25},
               "destination": {"protocol": "HTTP", "URI": f"http://sandbox.localdomain:{PORT}/in"}}
    request.update(members)
    note("subscribed", *call("PUT", api, request, Lambda_Extension_Identifier=ME)[::2])
"""
LOOP = """
while True:
    if next_event(ME)["eventType"] == "SHUTDOWN":
        time.sleep(0.1)
        break
"""
TELEMETRY = RECEIVER + "ME = register(['INVOKE', 'SHUTDOWN'])\nsubscribe('/2022-07-01/telemetry')\n" + LOOP


def received(layer: Layer) -> list[dict[str, Any]]:
    """All events, in the order in which they came."""
    return [event for *_, events in layer.notes("batch") for event in events]


def kinds(layer: Layer) -> list[str]:
    return [event["type"] for event in received(layer)]


def test_a_subscriber_is_sent_all_that_happens(tmp_path: Path) -> None:
    layer = Layer(tmp_path, collector="print('from the extension', flush=True)\n" + TELEMETRY)
    trace = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"

    async def case(functions: Functions) -> None:
        spec = functions.spec(ECHO, layers=(layer.folder,))
        await functions.invoke(spec, b"[1]", trace_id=trace)
        await functions.until(lambda: "platform.report" in kinds(layer))
        assert "TELEMETRY\tName: collector\tState: Subscribed\tTypes: [Platform, Function, Extension]" in functions.log

    with_functions(tmp_path, case)
    assert layer.notes("subscribed") == [[200, "OK"]]
    assert {tuple(batch[:3]) for batch in layer.notes("batch")} == {("POST", "/in", "application/json")}
    events = {event["type"]: event["record"] for event in received(layer)}
    assert kinds(layer)[0] == "platform.initStart", "what was before the subscription is sent too"
    assert events["platform.initStart"] | {"runtimeVersion": "", "runtimeVersionArn": ""} == {
        "initializationType": "on-demand",
        "phase": "init",
        "functionName": "example",
        "functionVersion": "$LATEST",
        "instanceMaxMemory": 256 * 1_048_576,
        "runtimeVersion": "",
        "runtimeVersionArn": "",
    }
    types = ["platform", "function", "extension"]
    assert events["platform.telemetrySubscription"] == {"name": "collector", "state": "Subscribed", "types": types}
    ready = {"initializationType": "on-demand", "phase": "init", "status": "success"}
    assert events["platform.initRuntimeDone"] == ready
    assert events["platform.extension"] == {"name": "collector", "state": "Ready", "events": ["INVOKE", "SHUTDOWN"]}
    assert events["platform.initReport"]["metrics"]["durationMs"] > 0
    assert events["platform.start"]["version"] == "$LATEST"
    assert events["platform.start"]["tracing"]["spanId"] == "9a9197af755a6419"
    assert events["platform.runtimeDone"]["status"] == "success"
    assert events["platform.runtimeDone"]["metrics"]["producedBytes"] == 3
    assert events["platform.report"]["metrics"]["memorySizeMB"] == 256
    assert events["function"] == "from the function\n"
    assert events["extension"] == "from the extension\n"


def test_lines_of_a_function_that_logs_json_are_objects(tmp_path: Path) -> None:
    layer = Layer(tmp_path, collector=TELEMETRY)

    async def case(functions: Functions) -> None:
        environment = (("AWS_LAMBDA_LOG_FORMAT", "JSON"), ("SEREIN_SYSTEM_LOG_LEVEL", "WARN"))
        code = "import logging\ndef handler(e, c): logging.getLogger().warning('hey')"
        await functions.invoke(functions.spec(code, layers=(layer.folder,), environment=environment))
        await functions.until(lambda: "platform.report" in kinds(layer))
        assert "platform." not in functions.log, "the log's level is not the telemetry's"

    with_functions(tmp_path, case)
    (line,) = [event["record"] for event in received(layer) if event["type"] == "function"]
    assert line["message"] == "hey"


def test_failures_are_told_with_their_types(tmp_path: Path) -> None:
    layer = Layer(tmp_path, collector=TELEMETRY)

    async def case(functions: Functions) -> None:
        code = "import os\ndef handler(e, c): os._exit(1)"
        await functions.invoke(functions.spec(code, layers=(layer.folder,)))
        await functions.until(lambda: "platform.report" in kinds(layer))

    with_functions(tmp_path, case)
    events = {event["type"]: event["record"] for event in received(layer)}
    assert events["platform.runtimeDone"]["status"] == "error"
    assert events["platform.runtimeDone"]["errorType"] == "Runtime.ExitError"
    assert events["platform.report"]["status"] == "error"


def test_a_time_out_and_what_follows_it_are_told(tmp_path: Path) -> None:
    layer = Layer(tmp_path, collector=TELEMETRY)

    async def case(functions: Functions) -> None:
        code = "def handler(e, c):\n while e: pass"
        spec = functions.spec(code, layers=(layer.folder,), timeout_seconds=1)
        await functions.invoke(spec, b"1")
        await functions.until(lambda: functions.states() == ["idle"])
        await functions.invoke(spec, b"0")
        await functions.until(lambda: kinds(layer).count("platform.report") == 2)

    with_functions(tmp_path, case)
    events = received(layer)
    statuses = [event["record"]["status"] for event in events if event["type"] == "platform.runtimeDone"]
    assert statuses == ["timeout", "success"]
    phases = [event["record"]["phase"] for event in events if event["type"] == "platform.initStart"]
    assert phases == ["init", "invoke"], "the second initialisation is within the invocation"


def test_the_logs_api_sends_its_own_forms(tmp_path: Path) -> None:
    method = "destination={'protocol': 'HTTP', 'URI': f'http://sandbox:{PORT}', 'method': 'PUT', 'encoding': 'JSON'}"
    subscribe = f"subscribe('/2020-08-15/logs', schemaVersion='2020-08-15', {method})\n"
    layer = Layer(tmp_path, collector=RECEIVER + "ME = register(['INVOKE', 'SHUTDOWN'])\n" + subscribe + LOOP)

    async def case(functions: Functions) -> None:
        await functions.invoke(functions.spec(ECHO, layers=(layer.folder,)))
        await functions.until(lambda: "platform.report" in kinds(layer))
        assert "LOGS\tName: collector\tState: Subscribed\tTypes: [Platform, Function, Extension]" in functions.log

    with_functions(tmp_path, case)
    assert {tuple(batch[:2]) for batch in layer.notes("batch")} == {("PUT", "/")}
    events = {event["type"]: event["record"] for event in received(layer)}
    assert set(events) == {
        "platform.logsSubscription",
        "platform.extension",
        "platform.start",
        "platform.end",
        "platform.report",
        "function",
    }
    assert list(events["platform.start"]) == list(events["platform.end"]) == ["requestId"]
    assert set(events["platform.report"]) == {"requestId", "metrics"}


def test_types_select_what_is_sent(tmp_path: Path) -> None:
    code = RECEIVER + "ME = register(['INVOKE', 'SHUTDOWN'])\nsubscribe('/2022-07-01/telemetry', types=['function'])\n"
    layer = Layer(tmp_path, collector=code + LOOP)

    async def case(functions: Functions) -> None:
        await functions.invoke(functions.spec(ECHO, layers=(layer.folder,)))
        await functions.until(lambda: bool(kinds(layer)))

    with_functions(tmp_path, case)
    assert set(kinds(layer)) == {"function"}


def test_a_tcp_destination_gets_a_line_for_each_event(tmp_path: Path) -> None:
    code = (
        RECEIVER
        + """
listener = socketserver.socket.create_server(("127.0.0.1", 0))
def listen():
    connection, _ = listener.accept()
    for line in connection.makefile():
        note("batch", [json.loads(line)])
threading.Thread(target=listen, daemon=True).start()
ME = register(["INVOKE", "SHUTDOWN"])
subscribe("/2022-07-01/telemetry", destination={"protocol": "TCP", "port": listener.getsockname()[1]})
"""
        + LOOP
    )
    layer = Layer(tmp_path, collector=code)

    async def case(functions: Functions) -> None:
        await functions.invoke(functions.spec(ECHO, layers=(layer.folder,)))
        await functions.until(lambda: "platform.report" in kinds(layer))

    with_functions(tmp_path, case)
    assert {"platform.initStart", "platform.start", "function"} <= set(kinds(layer))


def test_what_is_buffered_is_sent_before_the_end(tmp_path: Path) -> None:
    long = "buffering={'maxItems': 10000, 'maxBytes': 1048576, 'timeoutMs': 30000}"
    code = RECEIVER + f"ME = register(['INVOKE', 'SHUTDOWN'])\nsubscribe('/2022-07-01/telemetry', {long})\n" + LOOP
    layer = Layer(tmp_path, collector=code)

    async def case(functions: Functions) -> None:
        await functions.invoke(functions.spec(ECHO, layers=(layer.folder,)), needs_report=True)
        assert received(layer) == []
        functions.runner.retire(ARN)
        await functions.until(lambda: "platform.report" in kinds(layer))

    with_functions(tmp_path, case)
    assert len(layer.notes("batch")) == 1


def test_a_full_buffer_is_sent_at_once(tmp_path: Path) -> None:
    long = "buffering={'maxItems': 1000, 'maxBytes': 262144, 'timeoutMs': 30000}"
    code = RECEIVER + f"ME = register(['INVOKE', 'SHUTDOWN'])\nsubscribe('/2022-07-01/telemetry', {long})\n" + LOOP
    layer = Layer(tmp_path, collector=code)

    async def case(functions: Functions) -> None:
        chatty = "def handler(e, c):\n for n in range(2500): print(n)"
        await functions.invoke(functions.spec(chatty, layers=(layer.folder,)))
        await functions.until(lambda: len(layer.notes("batch")) >= 2)

    with_functions(tmp_path, case)
    assert [len(events) for *_, events in layer.notes("batch")][:2] == [1000, 1000]


def test_a_receiver_that_is_gone_loses_events_and_is_told_how_many(tmp_path: Path) -> None:
    code = (
        RECEIVER.replace('note("batch"', 'gone.is_set() and note("batch"').replace(
            "        self.send_response(200)", "        self.send_response(200 if gone.is_set() else 500)"
        )
        + "gone = threading.Event()\nME = register(['INVOKE', 'SHUTDOWN'])\nsubscribe('/2022-07-01/telemetry')\n"
        + "next_event(ME)\ntime.sleep(0.6)\ngone.set()\n"
        + LOOP
    )
    layer = Layer(tmp_path, collector=code)

    async def case(functions: Functions) -> None:
        spec = functions.spec(ECHO, layers=(layer.folder,))
        await functions.invoke(spec, needs_report=True)
        await functions.invoke(spec)
        await functions.until(lambda: "platform.logsDropped" in kinds(layer))

    with_functions(tmp_path, case)
    record = next(event["record"] for event in received(layer) if event["type"] == "platform.logsDropped")
    assert record["droppedRecords"] > 0 and record["droppedBytes"] > 100 and record["reason"]


@pytest.mark.parametrize(
    "members",
    [
        {"types": []},
        {"types": ["nonsense"]},
        {"schemaVersion": "1999-01-01"},
        {"destination": {"protocol": "UDP", "port": 1}},
        {"destination": {"protocol": "TCP", "port": 0}},
        {"destination": {"protocol": "HTTP", "URI": "http://example.com/"}},
        {"destination": {"protocol": "HTTP", "URI": "ftp://sandbox/"}},
        {"destination": {"protocol": "HTTP"}},
        {"buffering": {"maxItems": 999}},
        {"buffering": {"maxBytes": 1_048_577}},
        {"buffering": {"timeoutMs": 24}},
    ],
)
def test_a_malformed_subscription_is_refused(tmp_path: Path, members: dict[str, Any]) -> None:
    code = RECEIVER + f"ME = register(['INVOKE', 'SHUTDOWN'])\nsubscribe('/2022-07-01/telemetry', **{members!r})\n"
    layer = Layer(tmp_path, collector=code + LOOP)

    async def case(functions: Functions) -> None:
        await functions.invoke(functions.spec(ECHO, layers=(layer.folder,)))

    with_functions(tmp_path, case)
    ((status, reply),) = layer.notes("subscribed")
    assert status == 400 and reply["errorType"] == "ValidationError"


def test_a_subscription_after_the_initialisation_is_refused(tmp_path: Path) -> None:
    code = RECEIVER + "ME = register(['INVOKE', 'SHUTDOWN'])\nnext_event(ME)\nsubscribe('/2022-07-01/telemetry')\n"
    layer = Layer(tmp_path, collector=code + LOOP)

    async def case(functions: Functions) -> None:
        await functions.invoke(functions.spec(ECHO, layers=(layer.folder,)), needs_report=True)

    with_functions(tmp_path, case)
    ((status, reply),) = layer.notes("subscribed")
    assert status == 403 and reply["errorType"] == "Telemetry.SubscriptionClosed"
    assert json.dumps(reply).count("closed") == 1
