"""The head of the Runtime API's answer that carries an event."""

from serein.kernel.ids import random_hex
from serein.kernel.runner import FunctionSpec, Invocation


def event_head(spec: FunctionSpec, invocation: Invocation, now: float, left_seconds: float) -> bytes:
    """The HTTP response without the event itself. `now` is the machine's time, which the function reads too."""
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        f"Lambda-Runtime-Aws-Request-Id: {invocation.request_id}\r\n"
        f"Lambda-Runtime-Deadline-Ms: {int((now + left_seconds) * 1000)}\r\n"
        f"Lambda-Runtime-Invoked-Function-Arn: {spec.arn}\r\n"
        f"Lambda-Runtime-Trace-Id: {_one_line(invocation.trace_id) or _new_trace_id(now)}\r\n"
    )
    if invocation.client_context:
        head += f"Lambda-Runtime-Client-Context: {_one_line(invocation.client_context)}\r\n"
    if invocation.cognito_identity:
        head += f"Lambda-Runtime-Cognito-Identity: {_one_line(invocation.cognito_identity)}\r\n"
    if spec.tenant_id:
        head += f"Lambda-Runtime-Aws-Tenant-Id: {spec.tenant_id}\r\n"
    return f"{head}Content-Length: {len(invocation.event)}\r\n\r\n".encode()


def _one_line(text: str) -> str:
    """A header's value: what would end it is left out."""
    return text if text.isprintable() else "".join(char for char in text if char.isprintable())


def _new_trace_id(now: float) -> str:
    return f"Root=1-{int(now):08x}-{random_hex(24)};Parent={random_hex(16)};Sampled=0"
