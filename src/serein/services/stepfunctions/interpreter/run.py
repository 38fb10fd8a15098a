"""One run of the interpreter: what it works on, and what it leaves behind."""

from collections import deque
from collections.abc import Callable
from typing import Any

from serein.services.stepfunctions.interpreter.effects import Effect, Perform
from serein.services.stepfunctions.interpreter.facts import Facts
from serein.services.stepfunctions.interpreter.frames import CONTINUE, PERFORMING, READY, Frame, Frames
from serein.services.stepfunctions.interpreter.journal import Journal
from serein.services.stepfunctions.interpreter.outcomes import Ended, Failed
from serein.services.stepfunctions.interpreter.payloads import encode
from serein.services.stepfunctions.language import Machine, State
from serein.services.stepfunctions.language.states import Performing
from serein.services.stepfunctions.query.scope import Scope

STATES_AT_ONCE = 250
"""How many states one run enters: a machine that goes round without waiting lets others have their turn."""


class Run:
    """The interpreter's view of an execution while something happens to it."""

    __slots__ = (
        "_texts",
        "_visible",
        "effects",
        "ended",
        "entered",
        "facts",
        "frames",
        "has_activity",
        "joins",
        "journal",
        "machine",
        "next_frame_id",
        "now",
        "ready",
    )

    def __init__(
        self,
        facts: Facts,
        machine: Machine,
        frames: Frames,
        now: float,
        last_event: int,
        next_frame_id: int,
        has_activity: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self.facts = facts
        self.machine = machine
        self.frames = frames
        self.now = now
        self.journal = Journal(last_event, now)
        self.next_frame_id = next_frame_id
        self.has_activity = has_activity
        """Whether there is an activity of an ARN."""
        self.effects: list[Effect] = []
        self.ended: Ended | None = None
        self.ready: deque[Frame] = deque()
        """Frames whose state is to be entered."""
        self.joins: deque[tuple[Frame, Failed | None]] = deque()
        """Frames within others that have ended, with why if they failed: the frames around them go on."""
        self.entered = 0
        self._texts: dict[int, str] = {}
        self._visible: dict[int, dict[str, Any]] = {}

    def state_of(self, frame: Frame) -> State:
        return self.machine.everywhere[frame.state]

    def scope_of(self, frame: Frame, token: str = "") -> Scope:
        """What expressions of the frame's state see besides their document."""
        data = self.frames.data_of(frame)
        is_retried = isinstance(self.state_of(frame), Performing)
        context = self.facts.context_at(frame, data, token, is_retried=is_retried)
        return Scope(context, self.variables_of(frame), self.now)

    def variables_of(self, frame: Frame) -> dict[str, Any]:
        """The frame's variables and those of the frames around it. Not to be changed."""
        if frame.id in self._visible:
            return self._visible[frame.id]
        own = self.frames.data_of(frame).variables
        if frame.parent_id:
            outer = self.variables_of(self.frames.require(frame.parent_id))
            own = {**outer, **own} if outer else own
        self._visible[frame.id] = own
        return own

    def input_text(self, frame: Frame) -> str:
        """JSON text of what the frame's state is entered with."""
        text = self._texts.pop(frame.id, None)
        if text is not None:
            return text
        data = self.frames.data_of(frame)
        return data.text or encode(data.input)

    def wants(self, effect: Perform) -> bool:
        """Whether a task that the run has scheduled wasn't given up by what came after."""
        frame = None if self.ended is not None else self.frames.find(effect.frame_id)
        return frame is not None and frame.task == effect.task and frame.phase == PERFORMING

    def make_ready(self, frame: Frame, text: str | None = None) -> None:
        """Have the frame's state entered; `text` is its input where that is known as text."""
        frame.phase, frame.entered_event = READY, 0
        self._visible.pop(frame.id, None)
        if text is not None:
            self._texts[frame.id] = text
        self.frames.touch(frame)
        self.ready.append(frame)

    def postpone(self) -> None:
        """Leave what is ready to the next run, which is due at once."""
        for frame in self.ready:
            self.frames.set_timer(frame, CONTINUE, self.now)
        self.ready.clear()

    def end(self, ended: Ended) -> None:
        self.ended = ended
        self.ready.clear()
        self.joins.clear()
