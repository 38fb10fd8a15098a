"""Lambda's own lines in a function's log: START, END, REPORT and those of the initialisation, as text or as JSON.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html and, for the JSON form and its levels,
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from serein.kernel.runner import FunctionSpec
from serein.runtime.reports import Failure

SYSTEM_LEVEL_VARIABLE = "SEREIN_SYSTEM_LOG_LEVEL"
"""Carries the function's SystemLogLevel here; functions don't see it."""
_RANKS = {"DEBUG": 0, "INFO": 1, "WARN": 2}


@dataclass(frozen=True, slots=True)
class Usage:
    """What an invocation took."""

    duration_ms: float
    memory_mb: int
    peak_mb: int
    init_ms: float | None = None

    @property
    def billed_ms(self) -> int:
        # AWS: since August 2025 the initialisation is billed for every kind of function.
        return max(1, math.ceil(self.duration_ms + (self.init_ms or 0.0)))


class PlatformLog:
    """Words Lambda's lines for one function. A line is empty when the function's log level leaves it out."""

    def __init__(self, spec: FunctionSpec) -> None:
        variables = dict(spec.environment)
        self._spec = spec
        self._is_json = variables.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
        self._least_rank = _RANKS.get(variables.get(SYSTEM_LEVEL_VARIABLE, "INFO").upper(), 1)

    def init_start(self, now: float, runtime_version: str) -> str:
        spec = self._spec
        arn = f"arn:{spec.scope.partition}:lambda:{spec.scope.region}::runtime:{spec.runtime}"
        if not self._is_json:
            return f"INIT_START Runtime Version: {runtime_version}\tRuntime Version ARN: {arn}\n"
        record = {
            "initializationType": "on-demand",
            "phase": "init",
            "runtimeVersion": runtime_version,
            "runtimeVersionArn": arn,
            "functionName": spec.name,
            "functionVersion": spec.version,
        }
        return self._event(now, "INFO", "initStart", record)

    def init_report(self, now: float, init_ms: float, phase: str, status: str, error_type: str) -> str:
        """Of an initialisation that did not go well."""
        if not self._is_json:
            text = f"INIT_REPORT Init Duration: {init_ms:.2f} ms\tPhase: {phase}\tStatus: {status}"
            return text + (f"\tError Type: {error_type}" if error_type else "") + "\n"
        record: dict[str, Any] = {"initializationType": "on-demand", "phase": phase, "status": status}
        if error_type:
            record["errorType"] = error_type
        record["metrics"] = {"durationMs": round(init_ms, 3)}
        return self._event(now, "WARN", "initReport", record)

    def start(self, now: float, request_id: str) -> str:
        if not self._is_json:
            return f"START RequestId: {request_id} Version: {self._spec.version}\n"
        return self._event(now, "INFO", "start", {"requestId": request_id, "version": self._spec.version})

    def end(self, now: float, request_id: str, usage: Usage, failure: Failure | None) -> str:
        if not self._is_json:
            return f"END RequestId: {request_id}\n"
        record: dict[str, Any] = {"requestId": request_id, "status": failure.status if failure else "success"}
        record["metrics"] = {"durationMs": round(usage.duration_ms, 3)}
        return self._event(now, "WARN" if failure else "DEBUG", "runtimeDone", record)

    def report(self, now: float, request_id: str, usage: Usage, failure: Failure | None, trace_id: str) -> str:
        if not self._is_json:
            return _report_text(request_id, usage, failure, trace_id)
        metrics: dict[str, float] = {
            "durationMs": round(usage.duration_ms, 3),
            "billedDurationMs": usage.billed_ms,
            "memorySizeMB": usage.memory_mb,
            "maxMemoryUsedMB": usage.peak_mb,
        }
        if usage.init_ms is not None:
            metrics["initDurationMs"] = round(usage.init_ms, 3)
        record: dict[str, Any] = {"requestId": request_id, "metrics": metrics}
        record["status"] = failure.status if failure else "success"
        if failure is not None and failure.status == "error":
            record["errorType"] = failure.error_type
        if "Sampled=1" in trace_id:
            parts = _trace_parts(trace_id)
            record["tracing"] = {"spanId": parts.get("Parent", ""), "type": "X-Amzn-Trace-Id", "value": trace_id}
        return self._event(now, "WARN" if failure else "INFO", "report", record)

    def _event(self, now: float, level: str, kind: str, record: dict[str, Any]) -> str:
        if _RANKS[level] < self._least_rank:
            return ""
        at = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return msgspec.json.encode({"time": at, "type": f"platform.{kind}", "record": record}).decode() + "\n"


def _report_text(request_id: str, usage: Usage, failure: Failure | None, trace_id: str) -> str:
    text = (
        f"REPORT RequestId: {request_id}\tDuration: {usage.duration_ms:.2f} ms\t"
        f"Billed Duration: {usage.billed_ms} ms\t"
        f"Memory Size: {usage.memory_mb} MB\tMax Memory Used: {usage.peak_mb} MB\t"
    )
    if usage.init_ms is not None:
        text += f"Init Duration: {usage.init_ms:.2f} ms\t"
    if failure is not None:
        text += f"Status: {failure.status}"
        if failure.status == "error" and failure.error_type:
            text += f"\tError Type: {failure.error_type}"
    if "Sampled=1" in trace_id:
        parts = _trace_parts(trace_id)
        text += f"\nXRAY TraceId: {parts.get('Root', '')}\tSegmentId: {parts.get('Parent', '')}\tSampled: true\t"
    return text + "\n"


def _trace_parts(trace_id: str) -> dict[str, str]:
    return dict(part.partition("=")[::2] for part in trace_id.split(";"))
