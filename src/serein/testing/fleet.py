"""The servers of a test session: one for each module of tests, and a new one once a test has moved the clock.

Time is shared by all that use a server, and it does not go back. So a server whose clock was advanced serves those who
hold it to the end, and nobody after them. Nor does a server outlive its module: what other tests have left on it, such
as a schedule that fires every minute, would be due again and again when a test moves on by a month.
"""

from collections.abc import Callable

from serein.testing.serving import ServerProcess


class Lease:
    """A server in use."""

    def __init__(self, server: ServerProcess, module: str) -> None:
        self.server = server
        self.module = module
        self.holders = 0
        self.is_spent = False
        """True once its clock was moved."""

    @property
    def endpoint(self) -> str:
        return self.server.endpoint


class Fleet:
    """Lends servers; starts one when there is none of the module whose clock is untouched."""

    def __init__(self, start: Callable[[], ServerProcess]) -> None:
        self._start = start
        self._current: Lease | None = None
        self._leases: set[Lease] = set()
        self._ending: list[ServerProcess] = []

    def lend(self, module: str) -> Lease:
        """A server whose clock nobody has moved, and which only tests of that module use."""
        if self._current is not None and self._current.module != module:
            self._spend(self._current)
        if self._current is None or self._current.is_spent:
            self._current = Lease(self._start(), module)
            self._leases.add(self._current)
        self._current.holders += 1
        return self._current

    def give_back(self, lease: Lease) -> None:
        """Let go of a server; a spent one ends when nobody holds it."""
        lease.holders -= 1
        self._end_if_done(lease)

    def close(self) -> None:
        """End every server, and wait until all have."""
        for lease in self._leases:
            self._end(lease.server)
        for server in self._ending:
            server.stop()
        self._leases.clear()
        self._ending.clear()
        self._current = None

    def _spend(self, lease: Lease) -> None:
        lease.is_spent = True
        self._end_if_done(lease)

    def _end_if_done(self, lease: Lease) -> None:
        if lease.is_spent and lease.holders == 0 and lease in self._leases:
            self._leases.discard(lease)
            self._end(lease.server)

    def _end(self, server: ServerProcess) -> None:
        # Why nobody waits: a server has functions to end, and the next test needs none of it.
        server.begin_to_stop()
        self._ending = [one for one in self._ending if one.process.poll() is None]
        self._ending.append(server)
