"""How many messages of a queue may be in flight.

AWS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
"""

from collections.abc import Callable

from serein.kernel.call import Platform

MOST_IN_FLIGHT = 120_000
"""Of a standard queue, and of a FIFO queue."""
_MOST_QUEUES = 10_000


class Allowances:
    """How many messages queues may still hand out before those in flight have to be counted again.

    Why: counting costs as much as there are messages in flight, and a receiver adds ten at most. An allowance errs
    on the low side (messages are deleted meanwhile), so it is asked anew when it is used up. With several nodes each
    has its own, and a queue may exceed the limit by what the others hand out meanwhile.
    """

    def __init__(self, most: int = MOST_IN_FLIGHT) -> None:
        self._most = most
        self._left: dict[int, int] = {}

    def take(self, queue_id: int, wanted: int, count: Callable[[], int]) -> int:
        """How many of the messages that are wanted may be handed out; `count` counts those in flight."""
        left = self._left.get(queue_id, 0)
        if left < wanted:
            if len(self._left) > _MOST_QUEUES:
                self._left.clear()
            left = max(0, self._most - count())
        granted = min(wanted, left)
        self._left[queue_id] = left - granted
        return granted


def allowances_of(platform: Platform) -> Allowances:
    found: Allowances | None = platform.memory.get("sqs in flight")
    if found is None:
        found = platform.memory["sqs in flight"] = Allowances()
    return found
