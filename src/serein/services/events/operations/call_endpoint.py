"""CallEndpoint: one request to an HTTP endpoint as a connection, and its answer; what Step Functions calls."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.events import endpoints
from serein.services.events.errors import DeliveryFailed
from serein.services.events.outbound import Outgoing, address_of


@operation("CallEndpoint", internal=True)
async def call_endpoint(call: Call, request: Request) -> Reply:
    """The request is {"ConnectionArn", "Method", "Url", "Headers", "Query": pairs, "Body": bytes, "IsForm",
    "TimeoutSeconds"}; the reply {"Status", "Headers": pairs, "Body"}, or {"Failure", "Message"} when nobody answered.
    With "IsTraced", the reply has also what was "Sent" and the same as "Shown", without what the connection added:
    {"Method", "Url", "Headers": pairs, "Body"} each.
    """
    try:
        exchange = await endpoints.call_endpoint(call, request)
    except DeliveryFailed as failure:
        return {"Failure": failure.error_code, "Message": failure.message}
    answer = exchange.answer
    reply: Reply = {"Status": answer.status, "Headers": answer.pairs, "Body": answer.body}
    if request.get("IsTraced"):
        reply |= {"Sent": _told(exchange.sent), "Shown": _told(exchange.shown)}
    return reply


def _told(request: Outgoing) -> dict[str, Any]:
    headers = [*request.headers.items(), *request.repeated]
    return {"Method": request.method, "Url": address_of(request), "Headers": headers, "Body": request.body}
