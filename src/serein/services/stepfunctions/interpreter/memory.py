"""Frames in memory: those of Express executions, and of a single state under test."""

from typing import Any

from serein.services.stepfunctions.interpreter.frames import ABORTED, FAILED, Frame, FrameData
from serein.services.stepfunctions.interpreter.payloads import decode


class MemoryFrames:
    """The frames of one execution. `timers` are by frame and kind; whoever runs the execution rings them."""

    def __init__(self) -> None:
        self._frames: dict[int, Frame] = {}
        self._data: dict[int, FrameData] = {}
        self._within: dict[int, list[int]] = {}
        self._results: dict[int, str] = {}
        self.timers: dict[tuple[int, str], float] = {}

    def find(self, frame_id: int) -> Frame | None:
        return self._frames.get(frame_id)

    def require(self, frame_id: int) -> Frame:
        return self._frames[frame_id]

    def data_of(self, frame: Frame) -> FrameData:
        return self._data[frame.id]

    def add(self, frame: Frame, data: FrameData) -> None:
        self._frames[frame.id] = frame
        self._data[frame.id] = data
        self._within.setdefault(frame.parent_id, []).append(frame.id)

    def replace_data(self, frame: Frame, data: FrameData) -> None:
        self._data[frame.id] = data

    def touch(self, frame: Frame) -> None:
        """Nothing has to be written."""

    def keep_result(self, frame: Frame, output: str) -> None:
        self._results[frame.id] = output

    def results_of(self, parent: Frame) -> list[Any]:
        children = sorted(self._children(parent), key=lambda child: child.position)
        return [decode(self._results[child.id]) for child in children]

    def open_within(self, parent: Frame) -> list[Frame]:
        return [child for child in self._children(parent) if not child.is_over]

    def unfinished_within(self, parent: Frame) -> list[Frame]:
        return [child for child in self._children(parent) if child.phase in (FAILED, ABORTED)]

    def remove_within(self, parent: Frame) -> None:
        for frame_id in self._within.pop(parent.id, ()):
            child = self._frames.pop(frame_id)
            self.clear_timers(child)
            self._data.pop(frame_id)
            self._results.pop(frame_id, None)
            self.remove_within(child)

    def set_timer(self, frame: Frame, kind: str, due_at: float) -> None:
        frame.has_timers = True
        self.timers[frame.id, kind] = due_at

    def clear_timers(self, frame: Frame) -> None:
        if frame.has_timers:
            frame.has_timers = False
            for key in [key for key in self.timers if key[0] == frame.id]:
                del self.timers[key]

    def _children(self, parent: Frame) -> list[Frame]:
        return [self._frames[frame_id] for frame_id in self._within.get(parent.id, ())]
