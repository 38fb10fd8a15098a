"""What the fork server knows of the processes that it was ordered to start."""

import contextlib
import os
import shutil
import signal

import rooms


class Environment:
    """A process that was ordered, with its room."""

    def __init__(self, order, pid, room):
        self.number = order["start"]
        self.pid = pid
        self.room = room
        self.status = None
        self.is_ending = False
        self.scratch = order["scratch"]
        self.keeps_scratch = order.get("keeps_scratch", False)

    @property
    def is_over(self):
        return self.status is not None and (self.room is None or not self.room.is_own or not self.room.keeper)

    def kill(self):
        """End it, and its room if that is its own."""
        self.is_ending = True
        if self.status is None:
            kill_group(self.pid)
        if self.room is not None:
            self.room.kill()

    def clear(self):
        """Remove its private folder, if nobody wants it."""
        if self.keeps_scratch:
            return
        if self.room is not None:
            rooms.forget_temporary(self.scratch)
        else:
            shutil.rmtree(self.scratch, ignore_errors=True)


def kill_group(pid):
    """Kill a process group; not an error when it is gone."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        # Why: a child that was just forked may not lead its group yet.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
