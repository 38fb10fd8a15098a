"""Lambda's own lines in a function's log, as text and as JSON, and the system log level that selects them."""

import json
from pathlib import Path
from typing import Any

import pytest

from extension_programs import LOOP, Layer
from runner_functions import Functions, with_functions

REQUEST_ID = "11111111-2222-3333-4444-555555555555"
TRACE = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"
ECHO = "def handler(e, c): return e"


def json_environment(level: str) -> tuple[tuple[str, str], ...]:
    return (("AWS_LAMBDA_LOG_FORMAT", "JSON"), ("SEREIN_SYSTEM_LOG_LEVEL", level))


def events(functions: Functions) -> list[dict[str, Any]]:
    found = [json.loads(line.text) for line in functions.lines if line.text.startswith("{")]
    return [event for event in found if str(event.get("type", "")).startswith("platform.")]


def kinds(functions: Functions) -> list[str]:
    return [event["type"].removeprefix("platform.") for event in events(functions)]


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("DEBUG", ["initStart", "initRuntimeDone", "initReport", "start", "runtimeDone", "report"]),
        ("INFO", ["initStart", "start", "report"]),
        ("WARN", []),
    ],
)
def test_the_system_log_level_selects_what_is_logged_of_a_success(
    tmp_path: Path, level: str, expected: list[str]
) -> None:
    async def case(functions: Functions) -> None:
        await functions.invoke(functions.spec(ECHO, environment=json_environment(level)))
        assert kinds(functions) == expected

    with_functions(tmp_path, case)


def test_failures_are_warnings(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        code = "import os\ndef handler(e, c): os._exit(3)"
        await functions.invoke(functions.spec(code, environment=json_environment("WARN")))
        assert kinds(functions) == ["runtimeDone", "report"]
        done, report = (event["record"] for event in events(functions))
        assert (done["status"], done["errorType"]) == ("error", "Runtime.ExitError")
        assert (report["status"], report["errorType"]) == ("error", "Runtime.ExitError")

    with_functions(tmp_path, case)


def test_a_failed_initialisation_is_a_warning(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        await functions.invoke(functions.spec("import nonesuch", environment=json_environment("WARN")))
        assert kinds(functions)[:2] == ["initRuntimeDone", "initReport"]
        phases = [event["record"].get("phase") for event in events(functions)]
        assert phases[:4] == ["init", "init", "invoke", "invoke"]
        assert events(functions)[1]["record"]["errorType"] == "Runtime.ImportModuleError"

    with_functions(tmp_path, case)


def test_a_report_has_the_metrics_and_the_trace(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        await functions.invoke(functions.spec(ECHO, environment=json_environment("DEBUG")), b"[1]", trace_id=TRACE)
        found = {event["type"]: event for event in events(functions)}
        assert set(found["platform.report"]) == {"time", "type", "record"}
        record = found["platform.report"]["record"]
        metrics = {"durationMs", "billedDurationMs", "memorySizeMB", "maxMemoryUsedMB", "initDurationMs"}
        assert set(record["metrics"]) == metrics
        assert record["tracing"] == {"spanId": "9a9197af755a6419", "type": "X-Amzn-Trace-Id", "value": TRACE}
        assert found["platform.start"]["record"]["tracing"]["value"] == TRACE
        assert found["platform.runtimeDone"]["record"]["metrics"]["producedBytes"] == 3
        assert found["platform.initStart"]["record"]["functionName"] == "example"

    with_functions(tmp_path, case)


def test_extensions_and_subscriptions_are_logged_as_json_too(tmp_path: Path) -> None:
    layer = Layer(tmp_path, watcher=LOOP)

    async def case(functions: Functions) -> None:
        spec = functions.spec(ECHO, layers=(layer.folder,), environment=json_environment("INFO"))
        await functions.invoke(spec, needs_report=True)
        (record,) = [event["record"] for event in events(functions) if event["type"] == "platform.extension"]
        assert record == {"name": "watcher", "state": "Ready", "events": ["INVOKE", "SHUTDOWN"]}

    with_functions(tmp_path, case)


def test_provisioned_initialisations_are_reported(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec(ECHO, environment=json_environment("INFO"))
        functions.runner.provision(spec, 1)
        await functions.until(lambda: functions.runner.provisioned(spec.arn).ready == 1)
        assert kinds(functions) == ["initStart", "initReport"]
        assert {event["record"]["initializationType"] for event in events(functions)} == {"provisioned-concurrency"}

    with_functions(tmp_path, case)


def test_a_restore_is_reported_as_json_too(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec(ECHO, environment=json_environment("DEBUG"), snap_start=True)
        await functions.invoke(spec)
        assert kinds(functions) == [
            "initStart",
            "initRuntimeDone",
            "initReport",
            "restoreStart",
            "restoreRuntimeDone",
            "restoreReport",
            "start",
            "runtimeDone",
            "report",
        ]
        metrics = events(functions)[-1]["record"]["metrics"]
        assert metrics["restoreDurationMs"] > 0 and "initDurationMs" not in metrics

    with_functions(tmp_path, case)


def test_text_has_start_end_and_report_and_no_more(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        await functions.invoke(functions.spec(ECHO))
        firsts = [line.text.split(" ", 1)[0] for line in functions.lines]
        assert firsts == ["INIT_START", "START", "END", "REPORT"]

    with_functions(tmp_path, case)
