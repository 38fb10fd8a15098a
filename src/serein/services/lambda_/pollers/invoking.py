"""Giving a batch to who takes a mapping's: its function, or the operation of another service."""

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

    Another service's operation is called instead where the mapping says so. It gets `{"Arn", "Payload"}` and answers
    as Invoke does: with a FunctionError, or a Payload that reports what failed.

    A host without room is waited for, in real seconds: its capacity is ours alone, and must not cost a message one
    of its receives.
    """
    service, operation = "lambda", "Invoke"
    request = {"FunctionName": mapping.function_arn, "Payload": payload}
    if mapping.receiver:
        service, operation = mapping.receiver.split(".")
        request = {"Arn": mapping.function_arn, "Payload": payload}
    pause, waited = _FIRST_PAUSE_SECONDS, 0.0
    while True:
        try:
            return await platform.call(service, operation, request, scope=mapping.scope, trace_id=trace_id)
        except TooManyRequestsException as busy:
            if busy.fields.get("Reason") != _HOST_IS_FULL or waited > _PATIENCE_SECONDS:
                raise
        await asyncio.sleep(pause)
        waited += pause
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
