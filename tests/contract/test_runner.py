"""The contract of the Runner port: what an invocation is given, answers, logs, and how it can fail."""

import json
import re
from pathlib import Path

import pytest

from runner_functions import ARN, Functions, with_functions
from serein.runtime.machine import Machine
from serein.runtime.runtimes import RuntimeUnavailable

REQUEST_ID = "11111111-2222-3333-4444-555555555555"


def test_a_function_answers_with_what_its_handler_returns(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        outcome = await functions.invoke(
            functions.spec("def handler(event, context): return {'got': event}"), b'{"a":1}'
        )
        assert json.loads(outcome.payload) == {"got": {"a": 1}}
        assert outcome.function_error == ""
        assert outcome.init_ms is not None

    with_functions(tmp_path, case)


def test_start_end_and_report_frame_what_a_function_logs(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        code = (
            "import logging\ndef handler(event, context):\n print('one\\ntwo')\n logging.warning('a\\nb')\n"
            " print('last', end='')"
        )
        outcome = await functions.invoke(functions.spec(code))
        await functions.invoke(functions.spec(code))
        tail = outcome.log_tail.decode()
        texts = [line.text for line in functions.lines]
        assert tail.startswith(f"START RequestId: {REQUEST_ID} Version: $LATEST\none\ntwo\n")
        assert re.search(
            rf"\nEND RequestId: {REQUEST_ID}\nREPORT RequestId: {REQUEST_ID}\tDuration: [\d.]+ ms"
            r"\tBilled Duration: \d+ ms"
            r"\tMemory Size: 256 MB\tMax Memory Used: \d+ MB\tInit Duration: [\d.]+ ms\t\n$",
            tail,
        )
        assert "one\n" in texts and "two\n" in texts and "last\n" in texts
        assert any(text.startswith("[WARNING]") and text.endswith("a\nb\n") for text in texts), "a record is one line"
        assert texts[0].startswith("INIT_START Runtime Version: python:3.11")

    with_functions(tmp_path, case)


def test_a_log_tail_has_the_last_four_kilobytes(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        outcome = await functions.invoke(functions.spec("def handler(e, c):\n for n in range(2000): print('line', n)"))
        assert len(outcome.log_tail) == 4096
        assert b"line 1999\nEND" in outcome.log_tail
        assert functions.log.count("line ") == 2000

    with_functions(tmp_path, case)


def test_the_environment_is_the_functions_own_and_lambdas(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        code = "import os, sys\ndef handler(e, c): return [dict(os.environ), os.getcwd(), sys.stdin.read()]"
        spec = functions.spec(code, environment=(("TABLE", "t"), ("AWS_ENDPOINT_URL", "http://127.0.0.1:1")))
        variables, folder, stdin = json.loads((await functions.invoke(spec)).payload)
        assert folder == str(spec.code) == variables["LAMBDA_TASK_ROOT"]
        assert stdin == ""
        assert variables["TABLE"] == "t" and variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
        assert variables["_HANDLER"] == "app.handler"
        assert variables["AWS_LAMBDA_FUNCTION_NAME"] == "example"
        assert variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
        assert variables["AWS_REGION"] == "eu-west-1"
        assert variables["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.11"
        assert variables["TZ"] == ":UTC"
        assert variables["AWS_XRAY_DAEMON_ADDRESS"] == "127.0.0.1:2000"
        assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", variables["AWS_LAMBDA_LOG_STREAM_NAME"])
        assert variables["AWS_LAMBDA_LOG_STREAM_NAME"] == functions.streams[0]
        assert not {"VIRTUAL_ENV", "PYTEST_CURRENT_TEST"} & variables.keys(), "nothing of the server's leaks"

    with_functions(tmp_path, case)


def test_the_context_tells_the_invocation(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        code = (
            "import os\ndef handler(e, c): return [c.aws_request_id, c.invoked_function_arn, c.function_version, "
            "c.get_remaining_time_in_millis(), c.client_context.custom, c.identity.cognito_identity_id, "
            "os.environ['_X_AMZN_TRACE_ID']]"
        )
        outcome = await functions.invoke(
            functions.spec(code),
            client_context='{"custom":{"k":"v"}}',
            cognito_identity='{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}',
            trace_id="Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
        )
        given = json.loads(outcome.payload)
        assert given[:3] == [REQUEST_ID, ARN, "$LATEST"]
        assert 8_000 < given[3] <= 10_000
        assert given[4:6] == [{"k": "v"}, "i"]
        assert given[6].startswith("Root=1-5bef4de7")
        assert (
            b"XRAY TraceId: 1-5bef4de7-ad49b0e87f6ef6c87fc2e700\tSegmentId: 9a9197af755a6419\tSampled: true"
            in outcome.log_tail
        )

    with_functions(tmp_path, case)


def test_an_environment_serves_one_invocation_after_the_other(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec("count = 0\ndef handler(e, c):\n global count\n count += 1\n return count")
        assert [json.loads((await functions.invoke(spec)).payload) for _ in range(3)] == [1, 2, 3]
        assert len(functions.runner.describe()["environments"]) == 1
        assert "Init Duration" not in functions.lines[-1].text

    with_functions(tmp_path, case)


def test_an_exception_is_the_functions_error_and_the_environment_stays(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec(
            "n = 0\ndef handler(e, c):\n global n\n n += 1\n if n == 1: raise ValueError('no good')\n return n"
        )
        outcome = await functions.invoke(spec)
        error = json.loads(outcome.payload)
        assert outcome.function_error == "Unhandled"
        assert (error["errorType"], error["errorMessage"]) == ("ValueError", "no good")
        assert "app.py" in error["stackTrace"][0]
        assert json.loads((await functions.invoke(spec)).payload) == 2
        assert "[ERROR] ValueError: no good\nTraceback (most recent call last):\n" in functions.log

    with_functions(tmp_path, case)


@pytest.mark.parametrize(
    ("code", "handler", "error_type", "message"),
    [
        (
            "import nonesuch\ndef handler(e, c): pass",
            "app.handler",
            "Runtime.ImportModuleError",
            "No module named 'nonesuch'",
        ),
        ("def handler(e, c)\n  pass", "app.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app'"),
        ("", "app.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        ("", "app", "Runtime.MalformedHandlerName", "Bad handler 'app'"),
        ("raise RuntimeError('at import')", "app.handler", "RuntimeError", "at import"),
        ("import pytest", "app.handler", "Runtime.ImportModuleError", "No module named 'pytest'"),
    ],
)
def test_a_failed_initialisation_is_repeated_and_reported(
    tmp_path: Path, code: str, handler: str, error_type: str, message: str
) -> None:
    async def case(functions: Functions) -> None:
        outcome = await functions.invoke(functions.spec(code, handler))
        error = json.loads(outcome.payload)
        assert outcome.function_error == "Unhandled"
        assert error["errorType"] == error_type
        assert message in error["errorMessage"]
        assert f"Phase: init\tStatus: error\tError Type: {error_type}" in functions.log
        assert f"Phase: invoke\tStatus: error\tError Type: {error_type}" in functions.log
        assert functions.lines[-1].text.endswith(f"Status: error\tError Type: {error_type}\n")

    with_functions(tmp_path, case)


def test_an_initialisation_that_fails_once_succeeds_in_the_invocation(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        flag = tmp_path / "flag"
        code = (
            f"import os\nif not os.path.exists({str(flag)!r}):\n open({str(flag)!r}, 'w')\n raise OSError\n"
            "def handler(e, c): return 1"
        )
        spec = functions.spec(code)
        assert (await functions.invoke(spec)).payload == b"1"
        assert (await functions.invoke(spec)).payload == b"1"

    with_functions(tmp_path, case)


def test_a_handler_that_hangs_is_stopped_at_its_time_limit(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec(
            "n = 0\ndef handler(e, c):\n print('in', flush=True)\n while e: pass\n return 'ok'", timeout_seconds=1
        )
        outcome = await functions.invoke(spec, b'{"hang":1}')
        assert json.loads(outcome.payload) == {
            "errorType": "Sandbox.Timedout",
            "errorMessage": f"RequestId: {REQUEST_ID} Error: Task timed out after 1.00 seconds",
        }
        tail = outcome.log_tail.decode()
        assert re.search(rf"in\n[\d-]+T[\d:.]+Z {REQUEST_ID} Task timed out after 1.00 seconds\n\nEND", tail)
        assert "Duration: 1000.00 ms" in tail and tail.endswith("Status: timeout\n")
        assert (await functions.invoke(spec)).payload == b'"ok"', "another environment takes its place"

    with_functions(tmp_path, case)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("sys.exit(1)", "Runtime exited with error: exit status 1"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("os.kill(os.getpid(), 9)", "Runtime exited with error: signal: killed"),
        ("os.kill(os.getpid(), 11)", "Runtime exited with error: signal: segmentation fault"),
    ],
)
def test_a_handler_that_ends_its_process_is_an_exit_error(tmp_path: Path, statement: str, reason: str) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec(f"import os, sys\ndef handler(e, c):\n if e: {statement}\n return 'ok'")
        outcome = await functions.invoke(spec, b"1")
        assert outcome.function_error == "Unhandled"
        assert json.loads(outcome.payload) == {
            "errorType": "Runtime.ExitError",
            "errorMessage": f"RequestId: {REQUEST_ID} Error: {reason}",
        }
        assert f"RequestId: {REQUEST_ID} Error: {reason}\nRuntime.ExitError\nEND" in outcome.log_tail.decode()
        assert (await functions.invoke(spec)).payload == b'"ok"'

    with_functions(tmp_path, case)


def test_a_function_that_exceeds_its_memory_is_killed(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        code = "def handler(e, c):\n kept = []\n while True: kept.append(bytearray(1 << 20))"
        outcome = await functions.invoke(functions.spec(code, memory_mb=128, timeout_seconds=60))
        assert json.loads(outcome.payload)["errorType"] == "Runtime.OutOfMemory"
        assert json.loads(outcome.payload)["errorMessage"].endswith("signal: killed")
        assert "Max Memory Used: 128 MB" in functions.lines[-1].text

    with_functions(tmp_path, case)


def test_a_result_that_is_too_large_is_an_error(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        outcome = await functions.invoke(functions.spec("def handler(e, c): return 'x' * 6_291_555"))
        assert outcome.function_error == "Unhandled"
        assert json.loads(outcome.payload) == {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        }
        largest = await functions.invoke(functions.spec("def handler(e, c): return 'x' * 6_291_554"))
        assert len(largest.payload) == 6_291_556

    with_functions(tmp_path, case)


def test_a_result_that_is_no_json_is_an_error(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        error = json.loads((await functions.invoke(functions.spec("def handler(e, c): return {1, 2}"))).payload)
        assert error["errorType"] == "Runtime.MarshalError"
        assert error["errorMessage"].startswith("Unable to marshal response:")

    with_functions(tmp_path, case)


@pytest.mark.parametrize("is_sdk_loaded_ahead", [True, False])
def test_layers_are_found_after_the_package_and_its_own_modules_first(
    tmp_path: Path, is_sdk_loaded_ahead: bool
) -> None:
    async def case(functions: Functions) -> None:
        layer = tmp_path / "layer"
        (layer / "python").mkdir(parents=True)
        (layer / "python" / "shared.py").write_text("WHERE = 'layer'")
        (layer / "python" / "app2.py").write_text("WHERE = 'layer'")
        spec = functions.spec(
            {
                "app.py": "import shared, app2, boto3, secrets\n"
                "def handler(e, c): return [shared.WHERE, app2.WHERE, boto3.OWN, secrets.OWN]",
                "app2.py": "WHERE = 'package'",
                "boto3.py": "OWN = True",
                "secrets.py": "OWN = True",
            },
            layers=(layer,),
        )
        assert json.loads((await functions.invoke(spec)).payload) == ["layer", "package", True, True]

    with_functions(tmp_path, case, machine=Machine(tmp_path / "cache", is_sdk_loaded_ahead=is_sdk_loaded_ahead))


@pytest.mark.parametrize("is_sdk_loaded_ahead", [True, False])
def test_functions_find_the_sdk_whether_or_not_it_is_loaded_ahead(tmp_path: Path, is_sdk_loaded_ahead: bool) -> None:
    async def case(functions: Functions) -> None:
        code = (
            "import sys\nloaded = 'boto3' in sys.modules\nimport boto3\n"
            "def handler(e, c): return [loaded, boto3.client('sqs', region_name='eu-west-1').meta.region_name]"
        )
        outcome = await functions.invoke(functions.spec(code))
        assert json.loads(outcome.payload) == [is_sdk_loaded_ahead, "eu-west-1"]

    with_functions(tmp_path, case, machine=Machine(tmp_path / "cache", is_sdk_loaded_ahead=is_sdk_loaded_ahead))


def test_json_log_format_reaches_the_runtime(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        code = "import logging\ndef handler(e, c): logging.getLogger().warning('hey')"
        spec = functions.spec(code, environment=(("AWS_LAMBDA_LOG_FORMAT", "JSON"), ("AWS_LAMBDA_LOG_LEVEL", "INFO")))
        await functions.invoke(spec)
        kinds = [json.loads(line.text).get("type") for line in functions.lines]
        assert kinds == ["platform.initStart", "platform.start", None, "platform.report"]
        assert json.loads(functions.lines[-1].text)["record"]["status"] == "success"
        record = json.loads(next(line.text for line in functions.lines if "hey" in line.text))
        assert (record["level"], record["message"], record["requestId"]) == ("WARNING", "hey", REQUEST_ID)

    with_functions(tmp_path, case)


def test_a_provided_runtime_is_its_bootstrap_program(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        script = (
            "#!/bin/sh\nset -eu\nAPI=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation\nwhile true; do\n"
            "  E=$(curl -sS -D $TMPDIR/h $API/next)\n"
            "  ID=$(grep -i Request-Id $TMPDIR/h | tr -d '[:space:]' | cut -d: -f2)\n"
            '  echo "saw $E"\n  curl -sS -o /dev/null -X POST $API/$ID/response -d "{\\"echo\\":$E}"\ndone\n'
        )
        spec = functions.spec({"bootstrap": script}, "none", runtime="provided.al2023")
        assert (await functions.invoke(spec, b"[1]")).payload == b'{"echo":[1]}'
        assert (await functions.invoke(spec, b"[2]")).payload == b'{"echo":[2]}'
        assert "saw [2]\n" in functions.log

    with_functions(tmp_path, case)


def test_a_provided_runtime_without_bootstrap_says_so(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        outcome = await functions.invoke(functions.spec("", runtime="provided.al2"))
        assert json.loads(outcome.payload) == {
            "errorType": "Runtime.InvalidEntrypoint",
            "errorMessage": f"RequestId: {REQUEST_ID} Error: Couldn't find valid bootstrap(s): "
            "[/var/task/bootstrap /opt/bootstrap]",
        }

    with_functions(tmp_path, case)


def test_a_runtime_that_cannot_run_here_says_what_would(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        with pytest.raises(RuntimeUnavailable, match="cannot run the runtime dotnet8"):
            await functions.invoke(functions.spec("", runtime="dotnet8"))
        assert functions.runner.in_flight == 0

    with_functions(tmp_path, case)
