"""Functions behind APIs: invoked on behalf of API Gateway, given up when they take longer than the API waits."""

import asyncio

from serein.kernel.arn import find_arn
from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.kernel.operation import Reply
from serein.kernel.scope import Caller, Scope


class TookTooLong(Exception):
    """The function did not answer in time; it runs on, as on AWS."""


async def invoke(
    platform: Platform,
    function: str,
    event: bytes,
    scope: Scope,
    *,
    trace_id: str,
    timeout_seconds: float,
    name: str,
    caller: Caller | None = None,
) -> Reply:
    """Invoke a function (an ARN, or a name in `scope`) and return Lambda's reply.

    `name` is for the logs; `caller` is whose permissions count, API Gateway's own without one. Raises AwsError as
    Lambda does, and TookTooLong.
    """
    arn = find_arn(function)
    owner = arn.scope if arn is not None else scope
    caller = caller or Caller.of_service("apigateway", owner)
    work = platform.workers.activities.start(name, _outcome(platform, function, event, owner, trace_id, caller))
    await asyncio.wait((work,), timeout=timeout_seconds)
    if not work.done():
        raise TookTooLong
    outcome: Reply | AwsError = work.result()
    if isinstance(outcome, AwsError):
        raise outcome
    return outcome


async def _outcome(
    platform: Platform, function: str, event: bytes, scope: Scope, trace_id: str, caller: Caller
) -> Reply | AwsError:
    """What came of it; an error is a result here, because nobody may be waiting for it any more."""
    try:
        return await platform.call(
            "lambda",
            "Invoke",
            {"FunctionName": function, "InvocationType": "RequestResponse", "Payload": event},
            scope=scope,
            caller=caller,
            trace_id=trace_id,
        )
    except AwsError as error:
        return error
