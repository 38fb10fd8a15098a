"""What a test of a state reports: how it ended, and what its data was on the way."""

from dataclasses import dataclass, field
from typing import Any

from serein.kernel.operation import Reply
from serein.services.stepfunctions.interpreter.payloads import encode

SUCCEEDED, RETRIABLE, CAUGHT_ERROR, FAILED = "SUCCEEDED", "RETRIABLE", "CAUGHT_ERROR", "FAILED"


@dataclass(slots=True)
class Inspection:
    """What is shown from the inspection level DEBUG on, and of HTTP tasks at TRACE."""

    level: str
    data: dict[str, Any] = field(default_factory=dict)

    def show(self, name: str, value: Any) -> None:
        """A JSON value on its way through the state."""
        self.data[name] = encode(value)

    def note(self, name: str, value: Any) -> None:
        """A number or a structure of the reply itself."""
        self.data[name] = value

    @property
    def is_tracing(self) -> bool:
        return self.level == "TRACE"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the state ended. `output` is JSON text."""

    status: str
    output: str | None = None
    next_state: str | None = None
    error: str | None = None
    cause: str | None = None

    def reply(self, inspection: Inspection) -> Reply:
        members = {
            "output": self.output,
            "error": self.error,
            "cause": self.cause,
            "nextState": self.next_state,
            "status": self.status,
        }
        reply: Reply = {name: value for name, value in members.items() if value is not None}
        if inspection.level != "INFO":
            reply["inspectionData"] = inspection.data
        return reply
