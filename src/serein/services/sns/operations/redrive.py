"""Redrive: put a message that a subscription can't have into its dead-letter queue."""

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.scope import Caller
from serein.services.sns.metrics import counts_of


@operation("Redrive", internal=True)
async def redrive(call: Call, request: Request) -> Reply:
    """The request is `{"Topic", "Queue", "Letter": what SendMessage wants}`. Raises the queue's error."""
    found = find_arn(request["Queue"])
    assert found is not None, "dead-letter queues are checked when they are set"
    counts = counts_of(call.platform)
    try:
        caller = Caller.of_service("sns", found.scope, request["Topic"])
        await call.platform.call(
            "sqs", "SendMessage", request["Letter"], scope=found.scope, caller=caller, trace_id=call.trace_id
        )
    except AwsError:
        counts.add(request["Topic"], "NumberOfNotificationsFailedToRedriveToDlq", 1)
        raise
    counts.add(request["Topic"], "NumberOfNotificationsRedrivenToDlq", 1)
    return {}
