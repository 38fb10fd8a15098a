"""Finds out whether rooms can be made on this machine, by making one; the last line it writes says why not."""

# ruff: noqa: PTH100, PTH120, PTH208

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
        room.keep()
    room.assign({"view": order["view"], "mounts": []}, order["scratch"])
    pid = os.fork()
    if pid == 0:
        room.enter()
        rooms.give_up_privileges(order["view"]["user"], order["view"]["group"])
        os.listdir("/var/task")
        os._exit(0)
    room.admit()
    rooms.use_processes(own)
    status = os.waitpid(pid, 0)[1]
    room.kill()
    os.waitpid(room.keeper, 0)
    sys.exit(1 if status else 0)


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        os.write(1, f"{error.strerror}{where}\n".encode())
        os._exit(1)
