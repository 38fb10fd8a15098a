"""The servers of a test session: one at a time, and a new one once a test has moved the clock.

Time is shared by all that use a server, and it does not go back. So a server whose clock was advanced serves those who
hold it to the end, and nobody after them.
"""

from collections.abc import Callable

from serein.testing.serving import ServerProcess


class Lease:
    """A server in use."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server
        self.holders = 0
        self.is_spent = False
        """True once its clock was moved."""

    @property
    def endpoint(self) -> str:
        return self.server.endpoint


class Fleet:
    """Lends servers; starts one when there is none whose clock is untouched."""

    def __init__(self, start: Callable[[], ServerProcess]) -> None:
        self._start = start
        self._current: Lease | None = None
        self._leases: set[Lease] = set()

    def lend(self) -> Lease:
        """A server whose clock nobody has moved."""
        if self._current is None or self._current.is_spent:
            self._current = Lease(self._start())
            self._leases.add(self._current)
        self._current.holders += 1
        return self._current

    def give_back(self, lease: Lease) -> None:
        """Let go of a server; a spent one ends when nobody holds it."""
        lease.holders -= 1
        if lease.is_spent and lease.holders == 0:
            self._leases.discard(lease)
            lease.server.stop()

    def close(self) -> None:
        """End every server."""
        for lease in self._leases:
            lease.server.stop()
        self._leases.clear()
        self._current = None
