"""Fair queues: a tenant with much work in flight doesn't make the others wait.

The tenants of a standard queue are the message groups that its messages name. When the messages whose turn it is are of
tenants that have much in flight, those of quieter tenants come first; nobody's wait when there are no others.
AWS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
"""

from serein.kernel.database import Transaction
from serein.services.sqs.queues import Queue
from serein.services.sqs.store import tenants
from serein.services.sqs.store.messages import Candidate

_MUCH_IN_FLIGHT = 10
_TENANTS_LOOKED_AT = 32


def choose(tx: Transaction, queue: Queue, candidates: list[Candidate], wanted: int) -> list[Candidate]:
    """Which of a queue's visible messages to hand out, when `candidates` are those longest visible."""
    in_flight = {group_id: tenants.count_hidden(tx, queue, group_id) for group_id in {each[3] for each in candidates}}
    if max(in_flight.values()) < _MUCH_IN_FLIGHT:
        return candidates
    pool = list(candidates)
    after = ""
    for _ in range(_TENANTS_LOOKED_AT):
        group_id = tenants.next_tenant(tx, queue, after)
        if group_id is None:
            break
        after = group_id
        if group_id not in in_flight:
            in_flight[group_id] = tenants.count_hidden(tx, queue, group_id)
            pool += tenants.visible_messages(tx, queue, group_id, wanted)
    much = max(_MUCH_IN_FLIGHT, 2 * min(in_flight.values()))
    pool.sort(key=lambda candidate: in_flight[candidate[3]] >= much)
    return pool[:wanted]
