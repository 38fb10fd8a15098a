"""Finds out whether rooms can be made on this machine, by making one; the last line it writes says why not."""

# ruff: noqa: PTH100, PTH120, PTH208

import contextlib
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rooms


def main():
    order = json.loads(sys.argv[1])
    own = os.open("/proc/self/ns/pid", os.O_RDONLY)
    rooms.move_in(order["plan"])
    room = rooms.Room.begin()
    if room.keeper == 0:
        # Why: whoever started this reads until nobody writes any more.
        os.closerange(1, 3)
        room.keep()
    try:
        status = try_room(room, order, own)
    finally:
        room.kill()
        # Why all: process 1 of a room ends after the others of it have been reaped.
        with contextlib.suppress(ChildProcessError):
            while True:
                os.waitpid(-1, 0)
    sys.exit(1 if status else 0)


def try_room(room, order, own):
    """Have a process in the room; how it ended. Raises OSError."""
    room.assign({"view": order["view"], "mounts": []}, order["scratch"])
    pid = os.fork()
    if pid == 0:
        try:
            room.enter()
            rooms.give_up_privileges(order["view"]["user"], order["view"]["group"])
            os.listdir("/var/task")
            os._exit(0)
        except OSError as error:
            tell(error)
    room.admit()
    # Why: the next process of a fork server is in another room, and who isn't root can't leave this one again.
    rooms.use_processes(own)
    return os.waitpid(pid, 0)[1]


def tell(error):
    where = f" ({error.filename})" if error.filename else ""
    os.write(1, f"{error.strerror}{where}\n".encode())
    os._exit(1)


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        tell(error)
