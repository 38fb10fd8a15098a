"""The log records of an execution, step by step.

AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-logs.html, …/eb-pipes-logs-schema.html
"""

import logging
from typing import Any

import msgspec

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.ids import new_uuid
from serein.services.pipes.store import Pipe

log = logging.getLogger("serein.pipes")
_LEVELS = {"OFF": 0, "ERROR": 1, "INFO": 2, "TRACE": 3}
_LONGEST_DATA = 100_000
_INFO = frozenset(
    {
        "EXECUTION_STARTED",
        "EXECUTION_SUCCEEDED",
        "ENRICHMENT_STAGE_ENTERED",
        "ENRICHMENT_STAGE_SUCCEEDED",
        "ENRICHMENT_INVOCATION_SKIPPED",
        "TARGET_STAGE_ENTERED",
        "TARGET_STAGE_SUCCEEDED",
    }
)


class Journal:
    """Collects the records of one execution that the pipe's level has; written once, at the end."""

    def __init__(self, call: Call, pipe: Pipe) -> None:
        configuration = pipe.definition.get("LogConfiguration") or {}
        self._level = configuration.get("Level", "OFF")
        self._depth = _LEVELS[self._level]
        self._group = (configuration.get("CloudwatchLogsLogDestination") or {}).get("LogGroupArn", "")
        self._has_data = "ALL" in (configuration.get("IncludeExecutionData") or ())
        self._call = call
        self._pipe = pipe
        self._execution = new_uuid() if self._depth else ""
        self._lines: list[list[Any]] = []

    def note(self, step: str, *, error: dict[str, Any] | None = None, **data: Any) -> None:
        """Note a step. `data` are payload, awsRequest and awsResponse: JSON values, shown if the pipe wants that."""
        if _depth_of(step) > self._depth:
            return
        record: dict[str, Any] = {
            "resourceArn": self._pipe.arn,
            "timestamp": int(self._call.now * 1000),
            "executionId": self._execution,
            "messageType": step,
            "logLevel": self._level,
        }
        if self._has_data:
            shortened = []
            for member, value in data.items():
                text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
                if len(text) > _LONGEST_DATA:
                    shortened.append(member)
                record[member] = text[:_LONGEST_DATA]
            record["truncatedFields"] = shortened
        if error is not None:
            record["error"] = error
        self._lines.append([self._call.now, msgspec.json.encode(record).decode()])

    async def write(self) -> None:
        """Write what was noted. A log that can't be written holds up no pipe."""
        arn = find_arn(self._group)
        if not self._lines or arn is None:
            return
        group = arn.resource.removeprefix("log-group:").removesuffix(":*")
        request = {"logGroupName": group, "logStreamName": self._pipe.name, "lines": self._lines}
        try:
            await self._call.to("logs", "AppendLines", request, arn.scope)
        except AwsError as error:
            log.warning("the log of pipe %s could not be written: %s", self._pipe.name, error.message)


def _depth_of(step: str) -> int:
    """From which level on a step is logged."""
    if step.endswith(("_FAILED", "_THROTTLED", "_TIMEOUT")):
        return 1
    return 2 if step in _INFO else 3
