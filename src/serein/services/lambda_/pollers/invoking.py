"""Calling a mapping's function with a batch."""

import asyncio

from serein.kernel.call import Platform
from serein.kernel.operation import Reply
from serein.services.lambda_.errors import TooManyRequestsException
from serein.services.lambda_.store.mappings import Mapping

MOST_EVENT_BYTES = 6_291_456
"""AWS's limit on an invocation's payload."""
_FIRST_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 1.0
_PATIENCE_SECONDS = 25.0
_HOST_IS_FULL = "ConcurrentInvocationLimitExceeded"


async def invoke_batch(platform: Platform, mapping: Mapping, payload: bytes, trace_id: str = "") -> Reply:
    """Invoke the function with an event, which `trace_id` tells the causes of. Raises what Invoke raises.

    A host without room is waited for, in real seconds: its capacity is ours alone, and must not cost a message one
    of its receives.
    """
    request = {"FunctionName": mapping.function_arn, "Payload": payload}
    pause, waited = _FIRST_PAUSE_SECONDS, 0.0
    while True:
        try:
            return await platform.call("lambda", "Invoke", request, scope=mapping.scope, trace_id=trace_id)
        except TooManyRequestsException as busy:
            if busy.fields.get("Reason") != _HOST_IS_FULL or waited > _PATIENCE_SECONDS:
                raise
        await asyncio.sleep(pause)
        waited += pause
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
