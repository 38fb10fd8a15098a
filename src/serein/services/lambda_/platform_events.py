"""The platform's START, END and REPORT lines as the JSON events of functions whose log format is JSON.

AWS: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

from serein.kernel.runner import FunctionSpec

_START = re.compile(r"START RequestId: (\S+) Version: (\S+)")
_END = re.compile(r"END RequestId: (\S+)")
_REPORT = re.compile(
    r"REPORT RequestId: (\S+)\s+Duration: ([\d.]+) ms\s+Billed Duration: (\d+) ms\s+Memory Size: (\d+) MB\s+"
    r"Max Memory Used: (\d+) MB(?:\s+Init Duration: ([\d.]+) ms)?(?:.*?Status: (\S+))?(?:.*?Error Type: (\S+))?",
    re.DOTALL,
)


def structured_line(line: str, time: float, spec: FunctionSpec) -> str:
    """The line as it is logged, empty when the function's system log level leaves it out."""
    level = dict(spec.environment).get("SEREIN_SYSTEM_LOG_LEVEL", "INFO")
    event = _event(line)
    if event is None:
        return line
    if level == "WARN" and event["record"].get("status", "success") == "success":
        return ""
    if level != "DEBUG" and event["type"] == "platform.runtimeDone":
        return ""
    return json.dumps({"time": _time(time), **event}, separators=(",", ":"))


def _event(line: str) -> dict[str, Any] | None:
    if match := _START.match(line):
        return {"type": "platform.start", "record": {"requestId": match[1], "version": match[2]}}
    if match := _END.match(line):
        return {"type": "platform.runtimeDone", "record": {"requestId": match[1], "status": "success"}}
    if match := _REPORT.match(line):
        metrics: dict[str, float] = {
            "durationMs": float(match[2]),
            "billedDurationMs": int(match[3]),
            "memorySizeMB": int(match[4]),
            "maxMemoryUsedMB": int(match[5]),
        }
        if match[6]:
            metrics["initDurationMs"] = float(match[6])
        record: dict[str, Any] = {"requestId": match[1], "metrics": metrics, "status": match[7] or "success"}
        if match[8]:
            record["errorType"] = match[8]
        return {"type": "platform.report", "record": record}
    return None


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
