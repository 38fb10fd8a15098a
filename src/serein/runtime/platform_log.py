"""Lambda's own lines in a function's log: START, END, REPORT and those of the initialisation, as text or as JSON.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html and, for the JSON form and its levels,
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
The same events go to whoever listens: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
"""

import math
from dataclasses import dataclass
from typing import Any

import msgspec

from serein.kernel.runner import FunctionSpec
from serein.runtime.reports import Failure
from serein.runtime.telemetry import Listener, wire_time

SYSTEM_LEVEL_VARIABLE = "SEREIN_SYSTEM_LOG_LEVEL"
"""Carries the function's SystemLogLevel here; functions don't see it."""
ON_DEMAND = "on-demand"
_RANKS = {"DEBUG": 0, "INFO": 1, "WARN": 2}


@dataclass(frozen=True, slots=True)
class Usage:
    """What an invocation took."""

    duration_ms: float
    memory_mb: int
    peak_mb: int
    init_ms: float | None = None
    restore_ms: float | None = None
    produced_bytes: int = 0

    @property
    def billed_ms(self) -> int:
        # AWS: since August 2025 the initialisation is billed for every kind of function.
        return max(1, math.ceil(self.duration_ms + (self.init_ms or 0.0) + (self.restore_ms or 0.0)))


class PlatformLog:
    """Words Lambda's lines for one function. A line is empty when the function's log level leaves it out."""

    def __init__(self, spec: FunctionSpec, initialization_type: str = ON_DEMAND) -> None:
        variables = dict(spec.environment)
        self._spec = spec
        self._initialization_type = initialization_type
        self.is_json = variables.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
        self._least_rank = _RANKS.get(variables.get(SYSTEM_LEVEL_VARIABLE, "INFO").upper(), 1)
        self.is_on_demand = initialization_type == ON_DEMAND
        self._listener: Listener | None = None
        self._is_plain = not self.is_json

    def listen(self, listener: Listener) -> None:
        """Have every event told to the listener too, whatever the log level."""
        self._listener = listener
        self._is_plain = False

    def init_start(self, now: float, runtime_version: str, phase: str = "init") -> str:
        record = self._runtime_record(runtime_version)
        text = _version_text("INIT_START", record) if phase == "init" else ""
        record = {"initializationType": self._initialization_type, "phase": phase, **record}
        return self._line(now, "INFO", "initStart", record, text)

    def init_runtime_done(self, now: float, phase: str, status: str, error_type: str) -> str:
        """The runtime and what runs in it is initialised, or failed to."""
        record: dict[str, Any] = {"initializationType": self._initialization_type, "phase": phase, "status": status}
        if error_type:
            record["errorType"] = error_type
        return self._line(now, "DEBUG" if status == "success" else "WARN", "initRuntimeDone", record, "")

    def init_report(self, now: float, init_ms: float, phase: str, status: str, error_type: str) -> str:
        """Of an initialisation that is over.

        AWS: one on demand that went well is not reported in text, as the first REPORT has its duration.
        """
        text = f"INIT_REPORT Init Duration: {init_ms:.2f} ms"
        if status != "success":
            text += f"\tPhase: {phase}\tStatus: {status}" + (f"\tError Type: {error_type}" if error_type else "")
        record: dict[str, Any] = {"initializationType": self._initialization_type, "phase": phase, "status": status}
        if error_type:
            record["errorType"] = error_type
        record["metrics"] = {"durationMs": round(init_ms, 3)}
        level = "WARN" if status != "success" else "DEBUG" if self.is_on_demand else "INFO"
        return self._line(now, level, "initReport", record, "" if level == "DEBUG" else text + "\n")

    def restore_start(self, now: float, runtime_version: str) -> str:
        record = self._runtime_record(runtime_version)
        return self._line(now, "INFO", "restoreStart", record, _version_text("RESTORE_START", record))

    def restore_runtime_done(self, now: float, status: str, error_type: str) -> str:
        record: dict[str, Any] = {"status": status}
        if error_type:
            record["errorType"] = error_type
        return self._line(now, "DEBUG" if status == "success" else "WARN", "restoreRuntimeDone", record, "")

    def restore_report(self, now: float, restore_ms: float, status: str, error_type: str) -> str:
        text = f"RESTORE_REPORT Restore Duration: {restore_ms:.2f} ms"
        if status != "success":
            text += f"\tStatus: {status}" + (f"\tError Type: {error_type}" if error_type else "")
        record: dict[str, Any] = {"status": status, "metrics": {"durationMs": round(restore_ms, 3)}}
        if error_type:
            record["errorType"] = error_type
        return self._line(now, "INFO" if status == "success" else "WARN", "restoreReport", record, text + "\n")

    def extension(self, now: float, name: str, state: str, events: list[str], error_type: str) -> str:
        """An extension's state at the end of the initialisation."""
        text = f"EXTENSION\tName: {name}\tState: {state}\tEvents: [{', '.join(events)}]"
        record: dict[str, Any] = {"name": name, "state": state, "events": events}
        if error_type:
            text += f"\tError Type: {error_type}"
            record["errorType"] = error_type
        return self._line(now, "WARN" if error_type else "INFO", "extension", record, text + "\n")

    def subscription(self, now: float, api: str, name: str, types: list[str]) -> str:
        """An extension subscribed, by the `telemetry` or the `logs` API."""
        shown = ", ".join(each.capitalize() for each in types)
        text = f"{api.upper()}\tName: {name}\tState: Subscribed\tTypes: [{shown}]\n"
        record = {"name": name, "state": "Subscribed", "types": types}
        return self._line(now, "INFO", f"{api}Subscription", record, text)

    def start(self, now: float, request_id: str, trace_id: str) -> str:
        text = f"START RequestId: {request_id} Version: {self._spec.version}\n"
        if self._is_plain:
            return text
        record: dict[str, Any] = {"requestId": request_id, "version": self._spec.version}
        return self._line(now, "INFO", "start", record | _tracing(trace_id), text)

    def runtime_done(self, now: float, request_id: str, usage: Usage, failure: Failure | None, trace_id: str) -> str:
        """The runtime is done with an invocation; extensions may not be."""
        if self._is_plain:
            return ""
        record: dict[str, Any] = {"requestId": request_id, "status": failure.status if failure else "success"}
        if failure is not None and failure.status != "timeout":
            record["errorType"] = failure.error_type
        record["metrics"] = {"durationMs": round(usage.duration_ms, 3), "producedBytes": usage.produced_bytes}
        return self._line(now, "WARN" if failure else "DEBUG", "runtimeDone", record | _tracing(trace_id), "")

    def end(self, now: float, request_id: str) -> str:
        if self.is_json:
            return ""
        if self._listener is not None:
            self._listener(now, "platform.end", {"requestId": request_id})
        return f"END RequestId: {request_id}\n"

    def report(self, now: float, request_id: str, usage: Usage, failure: Failure | None, trace_id: str) -> str:
        if self._is_plain:
            return _report_text(request_id, usage, failure, trace_id)
        metrics: dict[str, float] = {
            "durationMs": round(usage.duration_ms, 3),
            "billedDurationMs": usage.billed_ms,
            "memorySizeMB": usage.memory_mb,
            "maxMemoryUsedMB": usage.peak_mb,
        }
        if usage.init_ms is not None:
            metrics["initDurationMs"] = round(usage.init_ms, 3)
        if usage.restore_ms is not None:
            metrics["restoreDurationMs"] = round(usage.restore_ms, 3)
            metrics["billedRestoreDurationMs"] = math.ceil(usage.restore_ms)
        record: dict[str, Any] = {"requestId": request_id, "metrics": metrics}
        record["status"] = failure.status if failure else "success"
        if failure is not None and failure.status == "error":
            record["errorType"] = failure.error_type
        text = "" if self.is_json else _report_text(request_id, usage, failure, trace_id)
        return self._line(now, "WARN" if failure else "INFO", "report", record | _tracing(trace_id), text)

    def fault(self, now: float, failure: Failure) -> str:
        """What went wrong, in the log of an invocation that has no result of the function's own."""
        if self._listener is not None and failure.log_text:
            self._listener(now, "platform.fault", {"message": failure.log_text})
        return failure.log_text

    def _runtime_record(self, runtime_version: str) -> dict[str, Any]:
        spec = self._spec
        return {
            "runtimeVersion": runtime_version,
            "runtimeVersionArn": f"arn:{spec.scope.partition}:lambda:{spec.scope.region}::runtime:{spec.runtime}",
            "functionName": spec.name,
            "functionVersion": spec.version,
            "instanceMaxMemory": spec.memory_mb * 1_048_576,
        }

    def _line(self, now: float, level: str, kind: str, record: dict[str, Any], text: str) -> str:
        if self._listener is not None:
            self._listener(now, f"platform.{kind}", record)
        if not self.is_json:
            return text
        if _RANKS[level] < self._least_rank:
            return ""
        event = {"time": wire_time(now), "type": f"platform.{kind}", "record": record}
        return msgspec.json.encode(event).decode() + "\n"


def _version_text(head: str, record: dict[str, Any]) -> str:
    return f"{head} Runtime Version: {record['runtimeVersion']}\tRuntime Version ARN: {record['runtimeVersionArn']}\n"


def _report_text(request_id: str, usage: Usage, failure: Failure | None, trace_id: str) -> str:
    text = (
        f"REPORT RequestId: {request_id}\tDuration: {usage.duration_ms:.2f} ms\t"
        f"Billed Duration: {usage.billed_ms} ms\t"
        f"Memory Size: {usage.memory_mb} MB\tMax Memory Used: {usage.peak_mb} MB\t"
    )
    if usage.init_ms is not None:
        text += f"Init Duration: {usage.init_ms:.2f} ms\t"
    if usage.restore_ms is not None:
        text += f"Restore Duration: {usage.restore_ms:.2f} ms\t"
        text += f"Billed Restore Duration: {math.ceil(usage.restore_ms)} ms\t"
    if failure is not None:
        text += f"Status: {failure.status}"
        if failure.status == "error" and failure.error_type:
            text += f"\tError Type: {failure.error_type}"
    if "Sampled=1" in trace_id:
        parts = _trace_parts(trace_id)
        text += f"\nXRAY TraceId: {parts.get('Root', '')}\tSegmentId: {parts.get('Parent', '')}\tSampled: true\t"
    return text + "\n"


def _tracing(trace_id: str) -> dict[str, Any]:
    """The record's `tracing`, for an invocation that is traced."""
    if "Sampled=1" not in trace_id:
        return {}
    span = _trace_parts(trace_id).get("Parent", "")
    return {"tracing": {"spanId": span, "type": "X-Amzn-Trace-Id", "value": trace_id}}


def _trace_parts(trace_id: str) -> dict[str, str]:
    return dict(part.partition("=")[::2] for part in trace_id.split(";"))
