"""How many batches of a queue are sent at the same time.

AWS: five at the start, up to 300 more a minute while messages are left over, 1,250 at most or what the mapping says;
back to five when traffic is low, and fewer while invocations fail
(https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html, …/services-sqs-errorhandling.html).
"""

_FIRST = 5
_MOST = 1250
_PER_SECOND = 300 / 60


class Concurrency:
    """The number of batches that may be under way."""

    def __init__(self, most: int | None) -> None:
        self._most = _MOST if most is None else most
        self._first = min(_FIRST, self._most)
        self._allowed = float(self._first)
        self._pressed_since: float | None = None

    @property
    def allowed(self) -> int:
        return int(self._allowed)

    def press(self, now: float) -> float | None:
        """There is more to do than is allowed: allow more as time passes. Return when one more will be allowed."""
        if self._pressed_since is not None:
            self._allowed = min(self._most, self._allowed + (now - self._pressed_since) * _PER_SECOND)
        self._pressed_since = now
        if self._allowed >= self._most:
            return None
        return now + (self.allowed + 1 - self._allowed) / _PER_SECOND

    def relax(self) -> None:
        """Nothing was left over."""
        self._pressed_since = None
        self._allowed = min(self._allowed, float(self._first))

    def back_off(self) -> None:
        """An invocation failed, or found no room."""
        self._pressed_since = None
        self._allowed = max(1.0, min(self._allowed / 2, self._allowed - 1))

    def recover(self) -> None:
        """An invocation succeeded."""
        if self._allowed < self._first:
            self._allowed += 1
