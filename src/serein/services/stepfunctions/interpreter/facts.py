"""What an execution is, as far as its states may ask: most of the context object."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from serein.services.stepfunctions.interpreter.frames import Frame, FrameData
from serein.services.stepfunctions.interpreter.payloads import decode


def iso_time(seconds: float) -> str:
    """A time as the context object shows it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


@dataclass(frozen=True)
class Facts:
    """What doesn't change while an execution runs, a redrive apart."""

    id: int
    """The number that rows go by; 0 for an Express execution that lives in its request."""
    arn: str
    name: str
    machine_arn: str
    machine_name: str
    role_arn: str
    started_at: float
    load_input: Callable[[], str]
    """The execution's input; called only when somebody looks at it."""
    has_context: bool = True
    """False when no state looks at the context object."""
    is_express: bool = False
    version_arn: str = ""
    alias_arn: str = ""
    redrive_count: int = 0
    redriven_at: float = 0.0

    @property
    def region(self) -> str:
        return self.arn.split(":", 4)[3]

    @cached_property
    def input_text(self) -> str:
        return self.load_input()

    @cached_property
    def execution(self) -> dict[str, Any]:
        """`$$.Execution`."""
        shown = {
            "Id": self.arn,
            "Input": decode(self.input_text),
            "Name": self.name,
            "RoleArn": self.role_arn,
            "StartTime": iso_time(self.started_at),
            "RedriveCount": self.redrive_count,
        }
        if self.redrive_count:
            shown["RedriveTime"] = iso_time(self.redriven_at)
        return shown

    @cached_property
    def machine(self) -> dict[str, Any]:
        """`$$.StateMachine`."""
        return {"Id": self.machine_arn, "Name": self.machine_name}

    def context_at(self, frame: Frame, data: FrameData, token: str = "", *, is_retried: bool = True) -> dict[str, Any]:
        """The context object of a frame's state.

        AWS: only states that can have a Retry tell of a RetryCount, as recorded executions show.
        https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
        """
        if not self.has_context:
            return {}
        context: dict[str, Any] = {
            "Execution": self.execution,
            "StateMachine": self.machine,
            "State": {"Name": frame.state, "EnteredTime": iso_time(frame.entered_at)},
        }
        if is_retried:
            context["State"]["RetryCount"] = frame.retry_count
        if token:
            context["Task"] = {"Token": token}
        if data.item is not None:
            item: dict[str, Any] = {"Index": data.item.index, "Value": data.item.value}
            if data.item.key is not None:
                item["Key"] = data.item.key
            context["Map"] = {"Item": item}
        return context
