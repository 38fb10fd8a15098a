"""Extensions beside a function: how they register, what they are told, and what their failures do."""

import json
from pathlib import Path

import pytest

from extension_programs import LOOP, Layer
from runner_functions import ARN, Functions, with_functions

ECHO = "def handler(e, c): return e"
REQUEST_ID = "11111111-2222-3333-4444-555555555555"


def test_an_extension_registers_and_is_told_of_invocations_and_of_the_end(tmp_path: Path) -> None:
    layer = Layer(tmp_path, watcher=LOOP)

    async def case(functions: Functions) -> None:
        spec = functions.spec(ECHO, layers=(layer.folder,))
        outcome = await functions.invoke(spec, b"[1]", trace_id="Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700")
        assert outcome.payload == b"[1]"
        await functions.until(lambda: "REPORT" in functions.log)
        assert "EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE, SHUTDOWN]\n" in functions.log
        functions.runner.retire(ARN)
        await functions.until(lambda: len(layer.notes("event")) == 2)

    with_functions(tmp_path, case)
    reply = {"functionName": "example", "functionVersion": "$LATEST", "handler": "app.handler"}
    assert layer.notes("registered") == [[200, reply]]
    (invoke,), (shutdown,) = layer.notes("event")
    assert invoke["eventType"] == "INVOKE" and invoke["requestId"] == REQUEST_ID
    assert invoke["invokedFunctionArn"] == ARN
    assert invoke["tracing"] == {"type": "X-Amzn-Trace-Id", "value": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"}
    assert shutdown["shutdownReason"] == "spindown"
    assert shutdown["deadlineMs"] > invoke["deadlineMs"] - 10_000


def test_the_function_starts_after_its_extensions_have_registered(tmp_path: Path) -> None:
    layer = Layer(tmp_path, first="time.sleep(0.2)\nnote('registers')\n" + LOOP)

    async def case(functions: Functions) -> None:
        noted = f"import os\nseen = os.path.exists({str(tmp_path / 'notes')!r})\ndef handler(e, c): return seen"
        spec = functions.spec(noted, layers=(layer.folder,))
        assert (await functions.invoke(spec)).payload == b"true"

    with_functions(tmp_path, case)


def test_extensions_have_the_functions_variables_but_some(tmp_path: Path) -> None:
    layer = Layer(tmp_path, env="note('env', dict(os.environ), os.getcwd())\n" + LOOP)

    async def case(functions: Functions) -> None:
        environment = (("TABLE", "t"), ("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "secret"))
        await functions.invoke(functions.spec(ECHO, layers=(layer.folder,), environment=environment))

    with_functions(tmp_path, case)
    ((variables, folder),) = layer.notes("env")
    assert variables["TABLE"] == "t" and variables["AWS_LAMBDA_FUNCTION_NAME"] == "example"
    assert variables["AWS_ACCESS_KEY_ID"] == "id" and variables["AWS_LAMBDA_INITIALIZATION_TYPE"] == "on-demand"
    assert not {"_HANDLER", "LAMBDA_TASK_ROOT", "AWS_EXECUTION_ENV", "AWS_LAMBDA_LOG_GROUP_NAME"} & variables.keys()
    assert folder == "/"


def test_the_caller_has_its_answer_while_extensions_are_at_work(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    code = f"""
ME = register(["INVOKE"])
while True:
    event = next_event(ME)
    while not os.path.exists({str(gate)!r}): time.sleep(0.002)
    print("worked on", flush=True)
"""
    layer = Layer(tmp_path, slow=code)

    async def case(functions: Functions) -> None:
        spec = functions.spec(ECHO, layers=(layer.folder,))
        outcome = await functions.invoke(spec, b"1")
        assert outcome.payload == b"1"
        assert "REPORT" not in functions.log, "the invocation is over when the extension is done"
        (environment,) = functions.runner.describe()["environments"]
        assert environment["state"] == "returning"
        gate.touch()
        await functions.until(lambda: "REPORT" in functions.log)
        assert functions.log.index("worked on") < functions.log.index("END RequestId")
        whole = await functions.invoke(spec, b"2", needs_report=True)
        assert b"REPORT RequestId" in whole.log_tail

    with_functions(tmp_path, case)


def test_an_extension_that_is_not_done_in_time_ends_the_environment(tmp_path: Path) -> None:
    layer = Layer(tmp_path, stuck='ME = register(["INVOKE"])\nnext_event(ME)\ntime.sleep(100)')

    async def case(functions: Functions) -> None:
        spec = functions.spec(ECHO, layers=(layer.folder,), timeout_seconds=1)
        assert (await functions.invoke(spec, b"1")).payload == b"1"
        await functions.until(lambda: "Status: timeout" in functions.log)
        await functions.until(lambda: functions.states() == ["idle"])
        assert (await functions.invoke(spec, b"2")).payload == b"2"
        assert len(set(functions.streams)) == 1, "the same environment starts anew"

    with_functions(tmp_path, case)


def test_after_a_time_out_extensions_are_told_and_started_anew(tmp_path: Path) -> None:
    layer = Layer(tmp_path, watcher=LOOP)

    async def case(functions: Functions) -> None:
        code = "def handler(e, c):\n while e: pass\n return 'ok'"
        spec = functions.spec(code, layers=(layer.folder,), timeout_seconds=1)
        outcome = await functions.invoke(spec, b"1")
        assert json.loads(outcome.payload)["errorType"] == "Sandbox.Timedout"
        await functions.until(lambda: functions.states() == ["idle"])
        assert (await functions.invoke(spec, b"0")).payload == b'"ok"'
        reasons = lambda: [event.get("shutdownReason") for (event,) in layer.notes("event")]
        await functions.until(lambda: reasons() == [None, "timeout", None])
        assert len(layer.notes("registered")) == 2

    with_functions(tmp_path, case)


@pytest.mark.parametrize(
    ("code", "error_type", "reason"),
    [
        ("sys.exit(0)", "Extension.Crash", "exit code 0"),
        ("register(['INVOKE'])\nsys.exit(3)", "Extension.Crash", "exit status 3"),
        (
            "ME = register(['INVOKE'])\nnote('error', *call('POST', '/2020-01-01/extension/init/error', {}, "
            "Lambda_Extension_Identifier=ME, Lambda_Extension_Function_Error_Type='Own.Reason')[::2])\nsys.exit(1)",
            "Extension.InitError",
            "exit status 1",
        ),
        (
            "ME = register(['INVOKE'])\nnext_event(ME)\ncall('POST', '/2020-01-01/extension/exit/error', {}, "
            "Lambda_Extension_Identifier=ME, Lambda_Extension_Function_Error_Type='Own.Reason')\nsys.exit(2)",
            "Extension.ExitError",
            "exit status 2",
        ),
    ],
)
def test_a_failed_extension_fails_the_invocation(tmp_path: Path, code: str, error_type: str, reason: str) -> None:
    layer = Layer(tmp_path, bad=code)

    async def case(functions: Functions) -> None:
        slow = "import time\ndef handler(e, c):\n time.sleep(5)"
        outcome = await functions.invoke(functions.spec(slow, layers=(layer.folder,)))
        assert outcome.function_error == "Unhandled"
        assert json.loads(outcome.payload) == {
            "errorType": error_type,
            "errorMessage": f"RequestId: {REQUEST_ID} Error: {reason}",
        }
        assert f"Status: error\tError Type: {error_type}" in functions.log

    with_functions(tmp_path, case)
    assert all(noted == [202, {"status": "OK"}] for noted in layer.notes("error"))


def test_a_program_that_cannot_be_run_is_a_launch_error(tmp_path: Path) -> None:
    layer = Layer(tmp_path, text="#!/bin/sh\n")
    (layer.folder / "extensions" / "text").chmod(0o644)

    async def case(functions: Functions) -> None:
        outcome = await functions.invoke(functions.spec(ECHO, layers=(layer.folder,)))
        assert json.loads(outcome.payload)["errorType"] == "Extension.LaunchError"
        assert "EXTENSION\tName: text\tState: LaunchError\tEvents: []\tError Type: PermissionDenied" in functions.log

    with_functions(tmp_path, case)


def test_more_than_ten_extensions_are_a_launch_error(tmp_path: Path) -> None:
    layer = Layer(tmp_path, **{f"e{number:02}": LOOP for number in range(11)})

    async def case(functions: Functions) -> None:
        outcome = await functions.invoke(functions.spec(ECHO, layers=(layer.folder,)))
        assert json.loads(outcome.payload)["errorType"] == "Extension.LaunchError"
        assert "EXTENSION\tName: e10\tState: LaunchError\tEvents: []\tError Type: TooManyExtensions" in functions.log

    with_functions(tmp_path, case)


def test_a_shell_script_is_an_extension_too(tmp_path: Path) -> None:
    script = """#!/bin/bash
set -eu
API=http://$AWS_LAMBDA_RUNTIME_API/2020-01-01/extension
curl -sS -o /dev/null -D "$TMPDIR/head" -H "Lambda-Extension-Name: shell" -d '{"events":["INVOKE"]}' $API/register
ID=$(grep -i lambda-extension-identifier "$TMPDIR/head" | tr -d '[:space:]' | cut -d: -f2)
while true; do
  EVENT=$(curl -sS -H "Lambda-Extension-Identifier: $ID" $API/event/next)
  echo "saw $EVENT"
done
"""
    layer = Layer(tmp_path, shell=script)

    async def case(functions: Functions) -> None:
        spec = functions.spec(ECHO, layers=(layer.folder,))
        await functions.invoke(spec)
        assert (await functions.invoke(spec, b"2", needs_report=True)).payload == b"2"
        assert functions.log.count('saw {"eventType":"INVOKE"') == 2

    with_functions(tmp_path, case)


REFUSALS = """
def refused(what, method, target, body=None, **headers):
    status, _, reply = call(method, "/2020-01-01/extension/" + target, body, **headers)
    note(what, status, reply["errorType"], reply["errorMessage"])
refused("nameless", "POST", "register", {"events": []})
refused("event", "POST", "register", {"events": ["BOO"]}, Lambda_Extension_Name=NAME)
refused("internal", "POST", "register", {"events": ["SHUTDOWN"]}, Lambda_Extension_Name="inside")
refused("body", "POST", "register", ["x"], Lambda_Extension_Name=NAME)
refused("anonymous", "GET", "event/next")
refused("malformed", "GET", "event/next", Lambda_Extension_Identifier="x")
refused("unknown", "GET", "event/next", Lambda_Extension_Identifier="0" * 32)
refused("nowhere", "GET", "event/last")
ME = register(["INVOKE"], Lambda_Extension_Accept_Feature="accountId")
refused("again", "POST", "register", {"events": []}, Lambda_Extension_Name=NAME)
refused("untyped", "POST", "exit/error", {}, Lambda_Extension_Identifier=ME)
next_event(ME)
refused("late", "POST", "register", {"events": []}, Lambda_Extension_Name="inside")
refused("init", "POST", "init/error", {}, Lambda_Extension_Identifier=ME, Lambda_Extension_Function_Error_Type="T")
next_event(ME)
"""


def test_what_is_no_request_of_the_api_is_refused_as_lambda_does(tmp_path: Path) -> None:
    layer = Layer(tmp_path, bold=REFUSALS)

    async def case(functions: Functions) -> None:
        await functions.invoke(functions.spec(ECHO, layers=(layer.folder,)), needs_report=True)

    with_functions(tmp_path, case)
    noted = {what[0]: what[1:] for what in layer.notes()}
    assert noted["nameless"] == [403, "Extension.InvalidExtensionName", "Empty extension name"]
    assert noted["event"] == [403, "Extension.InvalidEventType", "BOO: ErrorInvalidEventType"]
    assert noted["internal"][:2] == [403, "Extension.InvalidEventType"]
    assert noted["internal"][2] == "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension"
    assert noted["body"][:2] == [403, "InvalidRequestFormat"]
    assert noted["anonymous"] == [
        403,
        "Extension.MissingExtensionIdentifier",
        "Missing Lambda-Extension-Identifier header",
    ]
    assert noted["malformed"][:2] == [403, "Extension.InvalidExtensionIdentifier"]
    assert noted["unknown"] == [403, "Extension.UnknownExtensionIdentifier", "Unknown extension " + "0" * 32]
    assert noted["nowhere"][0] == 404
    assert noted["registered"][1]["accountId"] == "123456789012"
    assert noted["again"][:2] == [403, "Extension.InvalidExtensionState"]
    assert noted["untyped"][:2] == [403, "Extension.MissingHeader"]
    assert noted["late"] == [403, "Extension.RegistrationClosed", "Extension registration closed already"]
    assert noted["init"][:2] == [403, "Extension.InvalidExtensionState"]


INTERNAL = """
import http.client, json, os, threading
def call(method, target, body=None, **headers):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, "/2020-01-01/extension/" + target, body, given)
    reply = connection.getresponse()
    return reply.headers, reply.read()
headers, _ = call("POST", "register", '{"events":["INVOKE"]}', Lambda_Extension_Name="inside")
ME = headers["Lambda-Extension-Identifier"]
seen = []
def work():
    while True:
        seen.append(json.loads(call("GET", "event/next", Lambda_Extension_Identifier=ME)[1]))
threading.Thread(target=work, daemon=True).start()
def handler(event, context):
    return [one["eventType"] for one in seen]
"""


def test_an_internal_extension_is_told_of_invocations(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec(INTERNAL)
        await functions.invoke(spec, needs_report=True)
        assert "EXTENSION\tName: inside\tState: Ready\tEvents: [INVOKE]" in functions.log
        outcome = await functions.invoke(spec, needs_report=True)
        assert json.loads(outcome.payload)[:1] == ["INVOKE"]

    with_functions(tmp_path, case)


def test_with_extensions_a_runtime_is_asked_to_end_before_it_is_killed(tmp_path: Path) -> None:
    layer = Layer(tmp_path, watcher=LOOP)
    mark = tmp_path / "mark"

    async def case(functions: Functions) -> None:
        code = (
            "import signal, sys\n"
            f"def end(*_):\n open({str(mark)!r}, 'w').write('ended')\n print('goodbye', flush=True)\n sys.exit(0)\n"
            "signal.signal(signal.SIGTERM, end)\ndef handler(e, c): return e"
        )
        spec = functions.spec(code, layers=(layer.folder,))
        await functions.invoke(spec, needs_report=True)
        await functions.until(lambda: functions.states() == ["frozen"])
        functions.runner.retire(ARN)
        await functions.until(lambda: "goodbye" in functions.log)
        await functions.until(mark.exists)

    with_functions(tmp_path, case)


def test_a_node_function_is_asked_to_end_too(tmp_path: Path) -> None:
    layer = Layer(tmp_path, watcher=LOOP)

    async def case(functions: Functions) -> None:
        code = (
            "process.on('SIGTERM', () => { console.log('goodbye'); process.exit(0); });\n"
            "exports.handler = async (event) => event;"
        )
        spec = functions.spec({"index.js": code}, "index.handler", runtime="nodejs20.x", layers=(layer.folder,))
        assert (await functions.invoke(spec, b"1", needs_report=True)).payload == b"1"
        functions.runner.retire(ARN)
        await functions.until(lambda: "goodbye" in functions.log)

    with_functions(tmp_path, case)


def test_an_extension_that_never_ends_is_killed_in_time(tmp_path: Path) -> None:
    code = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + LOOP.replace(
        "break", "note('end')\n        time.sleep(60)"
    )
    layer = Layer(tmp_path, stubborn=code)

    async def case(functions: Functions) -> None:
        await functions.invoke(functions.spec(ECHO, layers=(layer.folder,)), needs_report=True)

    with_functions(tmp_path, case)
    assert layer.notes("end") == [[]]
