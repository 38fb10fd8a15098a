"""A server for tests: settings from the environment, its endpoint on standard output once it is ready, and an end when
standard input closes."""

import asyncio
import os
import signal

from serein.app import Server, serve
from serein.settings import from_environment


def main() -> None:
    """Serve until standard input closes or a signal comes."""

    async def on_ready(server: Server) -> None:
        print(server.endpoint, flush=True)
        loop = asyncio.get_running_loop()
        loop.add_reader(0, _end_with_parent, loop)

    serve(from_environment(), on_ready)


def _end_with_parent(loop: asyncio.AbstractEventLoop) -> None:
    if not os.read(0, 1024):
        loop.remove_reader(0)
        os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
