"""What the resource policies of streams and consumers allow and deny. Enforced where signatures are.

AWS: https://docs.aws.amazon.com/streams/latest/dev/resource-based-policy-examples.html
"""

from serein.kernel.access import find_refusal
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Request
from serein.kernel.policies import stored_policy
from serein.services.kinesis.consumers import find_consumer_address
from serein.services.kinesis.errors import AccessDeniedException
from serein.services.kinesis.resourcearns import Resource, policy_of
from serein.services.kinesis.store import consumers, streams
from serein.services.kinesis.streams import address_of, find_address

_MAKING = frozenset({"CreateStream"})


async def check(call: Call, request: Request) -> None:
    """Raise AccessDeniedException when the policy of the stream or consumer doesn't let the caller through.

    What isn't there is left to the operation, as are shard iterators: whoever has one was let through for it.
    """
    if call.operation in _MAKING:
        return
    refusal = await call.read(lambda tx: _find_refusal(tx, call, request))
    if refusal:
        raise AccessDeniedException(refusal)


def _find_refusal(tx: Transaction, call: Call, request: Request) -> str:
    found = _find_resource(tx, call, request)
    if found is None:
        return ""
    resource, arn = found
    policy, owner = stored_policy(policy_of(resource)), arn.split(":")[4]
    return find_refusal(call, policy, owner, f"kinesis:{call.operation}", arn)


def _find_resource(tx: Transaction, call: Call, request: Request) -> tuple[Resource, str] | None:
    consumer_arn = request.get("ConsumerARN") or request.get("ResourceARN", "")
    if consumer_arn and find_consumer_address(consumer_arn) is not None:
        consumer = consumers.find_consumer(tx, consumer_arn)
        return (consumer, consumer.arn) if consumer is not None else None
    address = find_address(consumer_arn) if consumer_arn else address_of(request, call.scope)
    stream = streams.find_stream(tx, address) if address is not None else None
    return (stream, stream.arn) if stream is not None else None
