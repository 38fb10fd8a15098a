"""CallHttpTarget: one request to an API destination or to a route of an API, and its answer; what pipes call."""

from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.errors import Reschedule
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.worker import sleep_until
from serein.services.events.destinations import call_api_destination, call_api_gateway
from serein.services.events.errors import DeliveryFailed, TargetUnavailable

_UNAVAILABLE = frozenset({"CONNECTION_FAILURE", "THROTTLING", "TIMEOUT"})


@operation("CallHttpTarget", internal=True)
async def call_http_target(call: Call, request: Request) -> Reply:
    """The request is {"Arn", "HttpParameters", "Body": text}, the reply {"Body": bytes}.

    It waits for a destination whose rate is used up. Raises TargetUnavailable, and DeliveryFailed for other failures.
    """
    arn = find_arn(request["Arn"])
    if arn is None:
        raise DeliveryFailed("INVALID_PARAMETER", f"{request['Arn']} is not an ARN", is_retriable=False)
    send = call_api_gateway if arn.service == "execute-api" else call_api_destination
    owed: dict[str, Any] = {"Target": {"HttpParameters": request["HttpParameters"]}}
    while True:
        try:
            return {"Body": (await send(call, arn, owed, request["Body"])).body}
        except Reschedule as later:
            owed = later.request or owed
            await sleep_until(call.platform.clock, call.now + later.after_seconds)
        except DeliveryFailed as failure:
            if failure.error_code in _UNAVAILABLE:
                raise TargetUnavailable(failure.message) from failure
            raise
