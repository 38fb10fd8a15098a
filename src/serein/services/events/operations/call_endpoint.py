"""CallEndpoint: one request to an HTTP endpoint as a connection, and its answer; what Step Functions calls."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.events import endpoints
from serein.services.events.errors import DeliveryFailed


@operation("CallEndpoint", internal=True)
async def call_endpoint(call: Call, request: Request) -> Reply:
    """The request is {"ConnectionArn", "Method", "Url", "Headers", "Query": pairs, "Body": bytes, "IsForm",
    "TimeoutSeconds"}; the reply {"Status", "Headers": pairs, "Body"}, or {"Failure", "Message"} when nobody answered.
    """
    try:
        answer = await endpoints.call_endpoint(call, request)
    except DeliveryFailed as failure:
        return {"Failure": failure.error_code, "Message": failure.message}
    return {"Status": answer.status, "Headers": answer.pairs, "Body": answer.body}
