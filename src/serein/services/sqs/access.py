"""What a queue's policy allows and denies. Enforced where signatures are.

AWS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-using-identity-based-policies.html
"""

from serein.kernel.access import request_of
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.policies import SILENT, Effect, Verdict, decide_resource, refusal_text, stored_policy
from serein.kernel.policies.evaluation import RESOURCE
from serein.services.sqs.errors import AccessDenied
from serein.services.sqs.queues import Address, Queue
from serein.services.sqs.store import queues
from serein.services.sqs.throttling import require_throughput

OWNERS_ONLY = frozenset(
    {
        "AddPermission",
        "CancelMessageMoveTask",
        "CreateQueue",
        "DeleteQueue",
        "ListMessageMoveTasks",
        "ListQueueTags",
        "ListQueues",
        "RemovePermission",
        "SetQueueAttributes",
        "StartMessageMoveTask",
        "TagQueue",
        "UntagQueue",
    }
)
"""AWS: no policy lets another account do these (SQSDeveloperGuide/sqs-customer-managed-policy-examples.html)."""
GRANTABLE = frozenset(
    {
        "ChangeMessageVisibility",
        "DeleteMessage",
        "GetQueueAttributes",
        "GetQueueUrl",
        "ListDeadLetterSourceQueues",
        "PurgeQueue",
        "ReceiveMessage",
        "SendMessage",
    }
)
"""What AddPermission can allow, besides everything (`*`)."""


def require_queue(call: Call, tx: Transaction, address: Address, action: str = "") -> Queue:
    """The queue, if the caller may use it. `action` is the operation's name, unless it is that of the call.

    Raises QueueDoesNotExist, RequestThrottled and AccessDenied.
    """
    queue = queues.require_queue(tx, address)
    if call.platform.realism.is_throttling:
        require_throughput(call, queue)
    if call.is_asked:
        require_allowed(call, queue, action or call.operation)
    return queue


def require_allowed(call: Call, queue: Queue, action: str) -> None:
    """Raise AccessDenied when the queue's policy denies the action, or a foreign caller isn't allowed it."""
    owner = queue.scope.account
    asked = request_of(call, f"sqs:{action}", queue.arn)
    verdict = decide_resource(asked, stored_policy(queue.attributes.get("Policy", "")), owner)
    is_foreign = asked.principal.account != owner or asked.principal.kind != "AWS"
    if verdict.is_allowed and is_foreign and action in OWNERS_ONLY:
        verdict = Verdict(Effect.SILENT, RESOURCE, decision=SILENT)
    if not verdict.is_allowed:
        # AWS: the sentence has the action in lower case.
        raise AccessDenied(refusal_text(asked, verdict, action=f"sqs:{action.lower()}"))
