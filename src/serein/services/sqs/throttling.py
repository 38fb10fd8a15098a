"""Quotas of calls as a limit (`SEREIN_THROTTLING`).

AWS: a FIFO queue without high throughput takes 300 calls a second of each action; a batch is one call. Standard queues
take nearly any number, FIFO queues with high throughput thousands for each group
(https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html).
Counted in memory by each node, by the platform's clock.
"""

from serein.kernel.call import Call, Platform
from serein.services.sqs.errors import RequestThrottled
from serein.services.sqs.queues import Queue

_CALLS_A_SECOND = 300
_MOST_COUNTED = 10_000
_COUNTED = {
    "SendMessageBatch": "SendMessage",
    "DeleteMessageBatch": "DeleteMessage",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
    "SendMessage": "SendMessage",
    "DeleteMessage": "DeleteMessage",
    "ChangeMessageVisibility": "ChangeMessageVisibility",
    "ReceiveMessage": "ReceiveMessage",
}


class Seconds:
    """How many calls of an action a queue has had in the current second."""

    def __init__(self) -> None:
        self._second = 0
        self._calls: dict[tuple[int, str], set[str]] = {}

    def count(self, second: int, queue_id: int, action: str, request_id: str) -> int:
        """Count a call, once however often its transaction runs, and return how many there were with it."""
        if second != self._second or len(self._calls) > _MOST_COUNTED:
            self._second, self._calls = second, {}
        calls = self._calls.setdefault((queue_id, action), set())
        calls.add(request_id)
        return len(calls)


def require_throughput(call: Call, queue: Queue) -> None:
    """Raise RequestThrottled when the queue has had as many calls as it takes in a second."""
    action = _COUNTED.get(call.operation)
    if action is None or not queue.is_fifo or queue.attributes.get("FifoThroughputLimit") == "perMessageGroupId":
        return
    if _seconds_of(call.platform).count(int(call.now), queue.id, action, call.request_id) > _CALLS_A_SECOND:
        raise RequestThrottled


def _seconds_of(platform: Platform) -> Seconds:
    found: Seconds | None = platform.memory.get("sqs throughput")
    if found is None:
        found = platform.memory["sqs throughput"] = Seconds()
    return found
