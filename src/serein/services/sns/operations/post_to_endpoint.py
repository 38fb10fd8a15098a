"""PostToEndpoint: send a message to an HTTP endpoint, once."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.outgoing import OutgoingRequest, Unreachable, outgoing_of
from serein.services.sns.errors import EndpointFailed, EndpointRefused

# AWS: an endpoint that takes longer has failed
# (https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html).
_PATIENCE_SECONDS = 15.0
_TOO_MANY_REQUESTS = 429


@operation("PostToEndpoint", internal=True)
async def post_to_endpoint(call: Call, request: Request) -> Reply:
    """Raises EndpointRefused when another attempt would be in vain, and EndpointFailed when it may help."""
    headers, body = list(request["Headers"].items()), request["Body"].encode()
    try:
        answer = await outgoing_of(call.platform).send(
            OutgoingRequest("POST", request["Url"], headers, body, _PATIENCE_SECONDS)
        )
    except Unreachable as error:
        raise EndpointFailed(f"{request['Url']} can't be reached: {error}") from error
    if 200 <= answer.status < 300:
        return {}
    problem = f"{request['Url']} answered with the status {answer.status}"
    if 400 <= answer.status < 500 and answer.status != _TOO_MANY_REQUESTS:
        raise EndpointRefused(problem)
    raise EndpointFailed(problem)
