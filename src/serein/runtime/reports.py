"""What Lambda itself says about an invocation: its log lines and its error documents.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html and …/dg/lambda-runtime-environment.html
"""

import math
import signal
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from serein.runtime.runtime_api import MAXIMUM_RESPONSE_BYTES

RESPONSE_TOO_LARGE = msgspec.json.encode(
    {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size "
        f"({MAXIMUM_RESPONSE_BYTES} bytes).",
    }
)
_SIGNALS = {
    signal.SIGHUP: "hangup",
    signal.SIGINT: "interrupt",
    signal.SIGQUIT: "quit",
    signal.SIGILL: "illegal instruction",
    signal.SIGTRAP: "trace/breakpoint trap",
    signal.SIGABRT: "aborted",
    signal.SIGBUS: "bus error",
    signal.SIGFPE: "floating point exception",
    signal.SIGKILL: "killed",
    signal.SIGSEGV: "segmentation fault",
    signal.SIGPIPE: "broken pipe",
    signal.SIGALRM: "alarm clock",
    signal.SIGTERM: "terminated",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an invocation has no result of the function's own."""

    status: str
    """`error` or `timeout`, as REPORT lines say."""
    error_type: str
    message: str
    log_text: str = ""

    @property
    def document(self) -> bytes:
        return msgspec.json.encode({"errorType": self.error_type, "errorMessage": self.message})


def timed_out(request_id: str, timeout_seconds: float, now: float) -> Failure:
    text = f"Task timed out after {timeout_seconds:.2f} seconds"
    at = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Failure(
        "timeout", "Sandbox.Timedout", f"RequestId: {request_id} Error: {text}", f"{at} {request_id} {text}\n\n"
    )


def exited(request_id: str, exit_status: int) -> Failure:
    """`exit_status` is an exit code, or minus a signal."""
    message = f"RequestId: {request_id} Error: {describe_exit(exit_status)}"
    return Failure("error", "Runtime.ExitError", message, f"{message}\nRuntime.ExitError\n")


def out_of_memory(request_id: str) -> Failure:
    # AWS: the process is killed, and only the type tells it from any other exit.
    message = f"RequestId: {request_id} Error: Runtime exited with error: signal: killed"
    return Failure("error", "Runtime.OutOfMemory", message, f"{message}\nRuntime.OutOfMemory\n")


def refused(request_id: str, error_type: str, text: str) -> Failure:
    message = f"RequestId: {request_id} Error: {text}"
    return Failure("error", error_type, message, f"{message}\n{error_type}\n")


def describe_exit(exit_status: int) -> str:
    if exit_status == 0:
        return "Runtime exited without providing a reason"
    if exit_status > 0:
        return f"Runtime exited with error: exit status {exit_status}"
    name = _SIGNALS.get(signal.Signals(-exit_status) if -exit_status in _SIGNALS else signal.SIGKILL, "killed")
    if -exit_status not in _SIGNALS:
        name = f"signal {-exit_status}"
    return f"Runtime exited with error: signal: {name}"


def start_line(request_id: str, version: str) -> str:
    return f"START RequestId: {request_id} Version: {version}\n"


def end_line(request_id: str) -> str:
    return f"END RequestId: {request_id}\n"


@dataclass(frozen=True, slots=True)
class Usage:
    """What a REPORT line says an invocation took."""

    duration_ms: float
    memory_mb: int
    peak_mb: int
    init_ms: float | None = None


def report_line(request_id: str, usage: Usage, failure: Failure | None, error_type: str, trace_id: str) -> str:
    """The REPORT line.

    AWS: since August 2025 the initialisation is billed for every kind of function, and counts into the billed figure.
    """
    billed = max(1, math.ceil(usage.duration_ms + (usage.init_ms or 0.0)))
    text = (
        f"REPORT RequestId: {request_id}\tDuration: {usage.duration_ms:.2f} ms\tBilled Duration: {billed} ms\t"
        f"Memory Size: {usage.memory_mb} MB\tMax Memory Used: {usage.peak_mb} MB\t"
    )
    if usage.init_ms is not None:
        text += f"Init Duration: {usage.init_ms:.2f} ms\t"
    if failure is not None:
        text += f"Status: {failure.status}"
        if error_type and failure.status == "error":
            text += f"\tError Type: {error_type}"
    return text + _trace_line(trace_id) + "\n"


def init_report_line(init_ms: float, phase: str, status: str, error_type: str) -> str:
    """Logged when an initialisation did not go well."""
    text = f"INIT_REPORT Init Duration: {init_ms:.2f} ms\tPhase: {phase}\tStatus: {status}"
    return text + (f"\tError Type: {error_type}" if error_type else "") + "\n"


def _trace_line(trace_id: str) -> str:
    if "Sampled=1" not in trace_id:
        return ""
    parts = dict(part.partition("=")[::2] for part in trace_id.split(";"))
    return f"\nXRAY TraceId: {parts.get('Root', '')}\tSegmentId: {parts.get('Parent', '')}\tSampled: true\t"
