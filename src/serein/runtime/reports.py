"""What Lambda answers in a function's place: the error documents of time-outs, exits and limits.

https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
"""

import signal
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from serein.runtime.runtime_api import MAXIMUM_RESPONSE_BYTES, MAXIMUM_STREAM_BYTES

RESPONSE_TOO_LARGE = msgspec.json.encode(
    {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size "
        f"({MAXIMUM_RESPONSE_BYTES} bytes).",
    }
)
STREAM_TOO_LARGE = msgspec.json.encode(
    {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": f"Response payload size exceeded maximum allowed payload size ({MAXIMUM_STREAM_BYTES} bytes).",
    }
)
_EXITED = "Runtime exited with error: "
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


def truncated(request_id: str) -> Failure:
    message = f"RequestId: {request_id} Error: HTTP request detected as truncated"
    return Failure("error", "Runtime.TruncatedResponse", message, f"{message}\nRuntime.TruncatedResponse\n")


def extension_ended(request_id: str, error_type: str, exit_status: int) -> Failure:
    """An extension's process has ended during an invocation."""
    reason = "exit code 0" if exit_status == 0 else describe_exit(exit_status).removeprefix(_EXITED)
    message = f"RequestId: {request_id} Error: {reason}"
    return Failure("error", error_type, message, f"{message}\n{error_type}\n")


def describe_exit(exit_status: int) -> str:
    if exit_status == 0:
        return "Runtime exited without providing a reason"
    if exit_status > 0:
        return f"{_EXITED}exit status {exit_status}"
    name = _SIGNALS.get(signal.Signals(-exit_status) if -exit_status in _SIGNALS else signal.SIGKILL, "killed")
    if -exit_status not in _SIGNALS:
        name = f"signal {-exit_status}"
    return f"{_EXITED}signal: {name}"
