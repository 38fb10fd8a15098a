"""Frames: threads of control. The execution is one; each branch of a Parallel and iteration of a Map is one within it.

A frame has two parts. `Frame` is small and changes all the time; `FrameData` is what the state was entered with, may
be large, and is replaced as a whole whenever another state is entered.
"""

from typing import Any, Protocol

import msgspec

ROOT = 1
READY = "ready"
"""Its state is to be entered."""
PERFORMING = "performing"
"""A call is being made for its task, by whoever owns the frame."""
SUBMITTED = "submitted"
"""Its task waits: for a token, an activity's worker, a job or a map run."""
WAITING = "waiting"
"""Its Wait state lasts."""
RETRYING = "retrying"
"""Its state failed and is tried again later."""
BRANCHING = "branching"
"""Its Parallel or Map state waits for the frames within."""
ENDED = "ended"
FAILED = "failed"
ABORTED = "aborted"
OVER = frozenset({ENDED, FAILED, ABORTED})

WAIT, RETRY, TIMEOUT, HEARTBEAT, POLL, CONTINUE = "wait", "retry", "timeout", "heartbeat", "poll", "continue"
"""Kinds of timers."""


class Item(msgspec.Struct, omit_defaults=True):
    """What the context object tells an iteration of its item."""

    index: int
    value: Any
    key: str | None = None


class FrameData(msgspec.Struct, omit_defaults=True):
    """What a state was entered with."""

    input: Any = None
    text: str = ""
    """The input as it was written, where that isn't how it would be written here: as long as no state makes anything
    else of it, it stays as it is."""
    variables: dict[str, Any] = {}
    """Those assigned in this frame; those of the frames around it are theirs."""
    item: Item | None = None
    """Of the innermost Map around."""
    items: list[Any] | None = None
    """What the frame's Map state iterates over; `[key, value]` pairs when it is an object."""


class Frame(msgspec.Struct, omit_defaults=True):
    """One thread of control. `task` counts what the frame has waited for: what comes for an earlier one is late."""

    id: int
    parent_id: int = 0
    position: int = 0
    state: str = ""
    phase: str = READY
    task: int = 0
    version: int = 0
    """Counts the frame's `FrameData`."""
    last_event: int = 0
    entered_event: int = 0
    entered_at: float = 0.0
    retries: list[int] = []
    """How often each retrier of the state was used."""
    retry_count: int = 0
    pending: int = 0
    """Frames within that haven't ended."""
    next_position: int = 0
    """The next branch or item to begin."""
    total: int = 0
    limit: int = 0
    """How many items may be under way at once."""
    has_timers: bool = False
    secret: str = ""
    """What a token must know to speak for the task."""
    heartbeat_seconds: int = 0
    is_object: bool = False
    """Whether the Map state iterates over an object."""
    submitted: Any = None
    """What starting a job replied."""
    error: str | None = None
    cause: str | None = None
    role_arn: str = ""
    """The role that the task is performed with, when not the machine's."""

    @property
    def is_over(self) -> bool:
        return self.phase in OVER


class Frames(Protocol):
    """The frames of one execution, as the interpreter sees them."""

    def find(self, frame_id: int) -> Frame | None:
        """A frame; the same object each time within a run."""

    def require(self, frame_id: int) -> Frame:
        """A frame that must be there."""

    def data_of(self, frame: Frame) -> FrameData:
        """What its state was entered with."""

    def add(self, frame: Frame, data: FrameData) -> None:
        """A new frame."""

    def replace_data(self, frame: Frame, data: FrameData) -> None:
        """Another state is entered."""

    def touch(self, frame: Frame) -> None:
        """The frame has changed."""

    def keep_result(self, frame: Frame, output: str) -> None:
        """The frame has ended with JSON text."""

    def results_of(self, parent: Frame) -> list[Any]:
        """What the frames within have ended with, in the order of their positions."""

    def open_within(self, parent: Frame) -> list[Frame]:
        """The frames directly within that aren't over, in the order of their positions."""

    def unfinished_within(self, parent: Frame) -> list[Frame]:
        """The frames directly within that failed or were aborted, in the order of their positions."""

    def remove_within(self, parent: Frame) -> None:
        """Forget the frames within, and within those."""

    def set_timer(self, frame: Frame, kind: str, due_at: float) -> None:
        """Something happens to the frame at `due_at`; another time for the same kind replaces it."""

    def clear_timers(self, frame: Frame) -> None:
        """Nothing happens by itself any more."""
