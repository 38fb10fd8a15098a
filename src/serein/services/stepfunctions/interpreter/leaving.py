"""How a frame leaves a state: for the next one, or for good."""

from typing import Any

from serein.services.stepfunctions.interpreter.fields import Assigned
from serein.services.stepfunctions.interpreter.frames import ENDED, ROOT, Frame, FrameData
from serein.services.stepfunctions.interpreter.journal import TRUNCATED
from serein.services.stepfunctions.interpreter.outcomes import SUCCEEDED, Ended
from serein.services.stepfunctions.interpreter.payloads import encode, require_small
from serein.services.stepfunctions.interpreter.run import Run
from serein.services.stepfunctions.language import State
from serein.services.stepfunctions.query.variables import assign


def leave(run: Run, frame: Frame, state: State, output: Any, assigned: Assigned, next_state: str | None) -> None:
    """Leave a state with its output; the frame ends without a next state. Raises StateFailed for too large ones."""
    before = run.frames.data_of(frame)
    variables = assign(before.variables, assigned) if assigned else before.variables
    kept = before.text if output is before.input else ""
    text = kept or encode(output)
    require_small(text, f"The state/task '{state.name}' returned a result with a size")
    details: dict[str, Any] = {"name": state.name, "output": text, "outputDetails": TRUNCATED}
    if assigned:
        details["assignedVariables"] = {name: encode(value) for name, value in assigned.items()}
        details["assignedVariablesDetails"] = TRUNCATED
    key = "stateExitedEventDetails"
    frame.last_event = run.journal.append(f"{state.type}StateExited", frame.last_event, key, details)
    if frame.has_timers:
        run.frames.clear_timers(frame)
    if next_state is None:
        end(run, frame, text)
        return
    frame.state = next_state
    run.frames.replace_data(frame, FrameData(output, kept, variables, before.item))
    run.make_ready(frame, text)


def end(run: Run, frame: Frame, text: str) -> None:
    """A frame has ended well, with JSON text; the root's end is that of the execution."""
    frame.phase = ENDED
    run.frames.touch(frame)
    if frame.id != ROOT:
        run.frames.keep_result(frame, text)
        run.joins.append((frame, None))
        return
    details = {"output": text, "outputDetails": TRUNCATED}
    run.journal.append("ExecutionSucceeded", frame.last_event, "executionSucceededEventDetails", details)
    run.end(Ended(SUCCEEDED, output=text))
