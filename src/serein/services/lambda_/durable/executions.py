"""A durable execution: who it is, how far it is, and the tokens that its function and the outside world hold."""

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Any

import msgspec

from serein.kernel.scope import Scope
from serein.services.lambda_.durable.limits import DAY_SECONDS, LONGEST_EXECUTION_SECONDS, NEVER
from serein.services.lambda_.errors import invalid
from serein.services.lambda_.names import FunctionReference, function_arn

RUNNING, PAUSING, PAUSED = "RUNNING", "PAUSING", "PAUSED"
SUCCEEDED, FAILED, TIMED_OUT, STOPPED = "SUCCEEDED", "FAILED", "TIMED_OUT", "STOPPED"
ENDED = frozenset({SUCCEEDED, FAILED, TIMED_OUT, STOPPED})
_ARN = re.compile(r"(arn:[^:]+:lambda:([^:]+):(\d{12}):function:[^:]+:[^/]+)/durable-execution/[^/]+/[^/]+")

_ERROR_MEMBERS = {
    "ErrorType": "errorType",
    "ErrorMessage": "errorMessage",
    "ErrorData": "errorData",
    "StackTrace": "stackTrace",
}
_DOCUMENT_TEXTS = (("ErrorType", "errorType"), ("ErrorMessage", "errorMessage"), ("ErrorData", "errorData"))

Error = dict[str, Any]
"""AWS's ErrorObject: ErrorType, ErrorMessage, ErrorData, StackTrace."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What of an execution never changes."""

    function_arn: str
    """As it was invoked, with its qualifier."""
    timeout_seconds: int = 0
    retention_days: int = 0
    kms_key_arn: str = ""
    trace_id: str = ""
    tenant_id: str = ""
    is_event: bool = False
    parent_arn: str = ""
    """The execution that chained this one."""
    parent_operation: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """Who asked for a pause or its end, and how."""

    requested_at: float
    reason: str = ""
    is_timeout_paused: bool = True
    client_token: str = ""
    is_resumed: bool = False
    """Whether it is over: kept so that a request that is repeated is recognised."""


@dataclass(slots=True)
class Progress:
    """What every step of an execution changes."""

    expires_at: float = NEVER
    ended_at: float = 0.0
    invoke_at: float = NEVER
    """When the function is to be invoked; `NEVER` while it waits for something."""
    invocation_id: str = ""
    """The invocation in flight, as its request id."""
    invoked_at: float = 0.0
    lease_until: float = 0.0
    token: int = 0
    """Counts checkpoints: a token is good for one."""
    sequence: int = 0
    """Counts changes of operations."""
    seen: int = 0
    """Up to which change the function was told."""
    failures: int = 0
    idle_replies: int = 0
    throttles: int = 0
    event_count: int = 0
    operation_count: int = 0
    stored_bytes: int = 0
    updated: list[str] = field(default_factory=list)
    """Operations that changed without the function since its last invocation began."""
    pause: Pause | None = None
    is_interrupted: bool = False
    """Whether a pause took the running invocation its checkpoint token away."""


@dataclass(slots=True)
class Execution:
    """An execution as its row says, without its input and its outcome."""

    arn: str
    scope: Scope
    function_name: str
    version: str
    name: str
    status: str
    started_at: float
    origin: Origin
    progress: Progress
    is_plain: bool = False
    due_at: float = 0.0
    owner: str = ""

    @property
    def id(self) -> str:
        """The id of its EXECUTION operation."""
        return self.arn.rpartition("/")[2]

    @property
    def is_ended(self) -> bool:
        return self.status in ENDED

    @property
    def is_in_flight(self) -> bool:
        return self.progress.invocation_id != ""

    @property
    def reference(self) -> FunctionReference:
        """What each of its invocations runs: always the same version."""
        return FunctionReference(self.scope, self.function_name, self.version)

    @property
    def times_out_at(self) -> float:
        """When its time is up: never while a pause holds the clock, but for the longest time there is."""
        progress = self.progress
        if self.status in (PAUSING, PAUSED) and progress.pause is not None and progress.pause.is_timeout_paused:
            return self.started_at + LONGEST_EXECUTION_SECONDS
        return progress.expires_at

    @property
    def forgotten_at(self) -> float:
        return self.progress.ended_at + self.origin.retention_days * DAY_SECONDS

    def checkpoint_token(self) -> str:
        return _encoded(f"{self.progress.invocation_id}:{self.progress.token}")

    def next_sequence(self) -> int:
        self.progress.sequence += 1
        return self.progress.sequence


def execution_arn(scope: Scope, function_name: str, version: str, name: str, id: str) -> str:
    return f"{function_arn(scope, function_name, version)}/durable-execution/{name}/{id}"


def scope_of(arn: str) -> Scope:
    """The account and region of an execution's ARN. Raises InvalidParameterValueException."""
    match = _ARN.fullmatch(arn)
    if match is None:
        raise invalid(f"Invalid durable execution ARN: {arn}")
    return Scope(match[3], match[2])


def callback_id(arn: str, operation_id: str) -> str:
    """What the outside world holds of a callback."""
    return _encoded(f"{arn}#{operation_id}")


def parse_callback_id(text: str) -> tuple[str, str]:
    """The execution and the operation of a callback. Raises InvalidParameterValueException."""
    try:
        arn, mark, operation_id = base64.b64decode(text, validate=True).decode().rpartition("#")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise invalid("Invalid callback ID") from None
    if not mark or not arn or not operation_id:
        raise invalid("Invalid callback ID")
    return arn, operation_id


def encoded_error(error: Error) -> bytes:
    """An error as an invocation's reply has it."""
    document = {_ERROR_MEMBERS[key]: value for key, value in error.items() if key in _ERROR_MEMBERS}
    return msgspec.json.encode(document)


def parsed_error(payload: bytes) -> Error:
    """What a function's error document says."""
    try:
        document = msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return {"ErrorMessage": payload.decode("utf-8", "replace")}
    if not isinstance(document, dict):
        return {"ErrorMessage": payload.decode("utf-8", "replace")}
    error: Error = {name: str(document[key]) for name, key in _DOCUMENT_TEXTS if document.get(key) is not None}
    if isinstance(trace := document.get("stackTrace"), list) and trace:
        error["StackTrace"] = [str(line) for line in trace]
    return error


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
