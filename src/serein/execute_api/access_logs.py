"""Access logs: a line for each request in a format with `$context` variables, and the way of lines to their log.

Formats are read once. Lines are gathered while others are being written, so a busy API costs Logs few calls.
"""

import hashlib
import logging
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from serein.kernel.arn import find_arn
from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.kernel.scope import Scope

log = logging.getLogger("serein.execute_api")
MEMORY = "execute-api logs"
_VARIABLE = re.compile(r"\$context\.([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)")
_CONTROLS = {code: f"\\u{code:04x}" for code in range(32)} | {10: "\\n", 13: "\\r", 9: "\\t"}
_MOST_RECORDS = 500
_FIREHOSE = "firehose:"
_encode = msgspec.json.Encoder().encode


class LogFormat:
    """A format that was read: `line` fills it in."""

    __slots__ = ("_parts", "names")

    def __init__(self, text: str) -> None:
        # `split` with one group gives text and names in turn.
        self._parts = _VARIABLE.split(text)
        self.names = frozenset(self._parts[1::2])
        """The variables that it has, without `$context.`."""

    def line(self, find: Callable[[str], Any]) -> str:
        """A line; `find` gives a variable's value by its name (`identity.sourceIp`), None when there is none.

        AWS: a variable without a value is a hyphen.
        """
        parts = list(self._parts)
        for at in range(1, len(parts), 2):
            parts[at] = shown(find(parts[at]))
        return "".join(parts)


@lru_cache(maxsize=512)
def compile_format(text: str) -> LogFormat:
    """Read a format; the same text is read once."""
    return LogFormat(text)


def shown(value: Any) -> str:
    """A variable's value in a line. What would break the line is escaped."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value if isinstance(value, str) else str(value) if isinstance(value, int | float) else _json(value)
    return text if text.isprintable() else text.translate(_CONTROLS)


def find_in(context: Any, name: str) -> Any:
    """What a dotted name means in a `$context` of nested dicts, or None."""
    for part in name.split("."):
        if not isinstance(context, dict):
            return None
        context = context.get(part)
    return context


def _json(value: Any) -> str:
    return _encode(value).decode()


def stream_of(*names: str) -> str:
    """The name of a log stream for an API's stage: AWS's are 32 hexadecimal digits."""
    return hashlib.md5("/".join(names).encode(), usedforsecurity=False).hexdigest()


class LogLines:
    """Lines on their way to CloudWatch Logs or Firehose. One for the platform: `log_lines(platform)`."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._waiting: dict[tuple[Scope, str, str], list[tuple[float, str]]] = {}
        self._is_writing = False

    def append(self, destination: str, stream: str, line: str) -> None:
        """Append a line to the log that an ARN names: a log group (`:*` at its end or not), or a delivery stream."""
        arn = find_arn(destination)
        if arn is None:
            return
        if arn.service == "firehose":
            self._add(arn.scope, f"{_FIREHOSE}{arn.resource.partition('/')[2]}", "", line)
        else:
            self.append_to_group(arn.scope, arn.resource.removeprefix("log-group:").removesuffix(":*"), stream, line)

    def append_to_group(self, scope: Scope, group: str, stream: str, line: str) -> None:
        """Append a line to a log stream; group and stream are made when they are missing."""
        self._add(scope, group, stream, line)

    def _add(self, scope: Scope, group: str, stream: str, line: str) -> None:
        self._waiting.setdefault((scope, group, stream), []).append((self._platform.clock.now(), line))
        if not self._is_writing:
            self._is_writing = True
            self._platform.workers.activities.start("logs of APIs", self._write())

    async def _write(self) -> None:
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, {}
                by_scope: dict[Scope, list[dict[str, Any]]] = {}
                for (scope, group, stream), lines in waiting.items():
                    if group.startswith(_FIREHOSE):
                        await self._deliver(scope, group.removeprefix(_FIREHOSE), lines)
                    else:
                        batch = {"logGroupName": group, "logStreamName": stream, "lines": lines}
                        by_scope.setdefault(scope, []).append(batch)
                for scope, batches in by_scope.items():
                    await self._call("logs", "AppendLines", {"batches": batches}, scope)
        finally:
            self._is_writing = False

    async def _deliver(self, scope: Scope, stream: str, lines: list[tuple[float, str]]) -> None:
        for start in range(0, len(lines), _MOST_RECORDS):
            records = [{"Data": f"{line}\n".encode()} for _, line in lines[start : start + _MOST_RECORDS]]
            await self._call("firehose", "PutRecordBatch", {"DeliveryStreamName": stream, "Records": records}, scope)

    async def _call(self, service: str, operation: str, request: dict[str, Any], scope: Scope) -> None:
        try:
            await self._platform.call(service, operation, request, scope=scope)
        except AwsError as error:
            # AWS: lines that can't be delivered are lost; the requests that they tell of were answered long ago.
            log.warning("logs of APIs: %s: %s", error.code, error.message)


def log_lines(platform: Platform) -> LogLines:
    """The platform's lines."""
    lines: LogLines | None = platform.memory.get(MEMORY)
    if lines is None:
        lines = platform.memory[MEMORY] = LogLines(platform)
    return lines
