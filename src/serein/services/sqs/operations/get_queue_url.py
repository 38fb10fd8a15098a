"""GetQueueUrl: the URL of a queue, by its name."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import access
from serein.services.sqs.errors import missing_parameter
from serein.services.sqs.queues import Address, url_of


@operation("GetQueueUrl")
async def get_queue_url(call: Call, request: Request) -> Reply:
    if not request.get("QueueName"):
        raise missing_parameter("QueueName")
    account = request.get("QueueOwnerAWSAccountId") or call.scope.account
    address = Address(account, call.scope.region, request["QueueName"])
    await call.read(lambda tx: access.require_queue(call, tx, address))
    return {"QueueUrl": url_of(call.platform.limits.endpoint, address)}
