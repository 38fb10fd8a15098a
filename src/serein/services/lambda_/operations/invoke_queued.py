"""InvokeQueued: one attempt at an accepted event; the delivery that calls it is the event's place in the queue."""

import json
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError, Reschedule
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.runner import Invocation, Outcome
from serein.services.lambda_.errors import ResourceNotFoundException
from serein.services.lambda_.event_invokes import (
    EVENT_AGE_EXCEEDED,
    RETRIES_EXHAUSTED,
    SUCCESS,
    ZERO_CONCURRENCY,
    EventInvoke,
    EventSettings,
    retry_seconds,
    send_dead_letter,
    send_result,
    settings_of,
    throttle_seconds,
)
from serein.services.lambda_.invocation import Executable, require_executable, run
from serein.services.lambda_.names import LATEST, FunctionReference, parse_reference
from serein.services.lambda_.store import aliases


@operation("InvokeQueued", internal=True)
async def invoke_queued(call: Call, request: Request) -> Reply:
    """Run the function once. Raises Reschedule for another attempt.

    An event whose function is gone is dropped, as on AWS.
    """
    event = EventInvoke.of(request)
    reference = parse_reference(call.scope, event.function)
    try:
        executable = await require_executable(call.platform, reference)
    except ResourceNotFoundException:
        return {}
    settings = await _settings(call, reference, executable)
    age = call.now - event.accepted_at
    if age > settings.maximum_age_seconds:
        return await _give_up(call, event, executable, settings, EVENT_AGE_EXCEEDED)
    if executable.reserved_concurrency == 0:
        return await _give_up(call, event, executable, settings, ZERO_CONCURRENCY)
    invocation = Invocation(event.request_id, event.payload, "", event.trace_id)
    try:
        outcome = await run(call.platform, executable, invocation)
    except AwsError:
        # AWS: throttles and system errors are tried again until the event is too old; they don't count as attempts.
        wait = min(throttle_seconds(event), max(settings.maximum_age_seconds - age, 0) + 0.001)
        raise Reschedule(wait, event.again(event.attempt, event.throttles + 1)) from None
    if not outcome.function_error:
        if settings.on_success:
            await call.write(
                lambda tx: send_result(
                    tx, call.platform, settings.on_success, event, SUCCESS, outcome, executable.version
                )
            )
        return {}
    failed = EventInvoke.of(event.again(event.attempt + 1, event.throttles))
    if event.attempt >= settings.maximum_retries:
        return await _give_up(call, failed, executable, settings, RETRIES_EXHAUSTED, outcome)
    if age + retry_seconds(event) > settings.maximum_age_seconds:
        return await _give_up(call, failed, executable, settings, EVENT_AGE_EXCEEDED, outcome)
    raise Reschedule(retry_seconds(event), event.again(event.attempt + 1, event.throttles))


async def _settings(call: Call, reference: FunctionReference, executable: Executable) -> EventSettings:
    qualifier = reference.qualifier or LATEST
    config = await call.read(lambda tx: aliases.find_event_config(tx, reference.scope, reference.name, qualifier))
    configuration: dict[str, Any] = json.loads(executable.configuration)
    return settings_of(config.settings if config is not None else {}, configuration)


async def _give_up(
    call: Call,
    event: EventInvoke,
    executable: Executable,
    settings: EventSettings,
    condition: str,
    outcome: Outcome | None = None,
) -> Reply:
    """Send the event to where failures go."""

    def send(tx: Transaction) -> None:
        if settings.on_failure:
            send_result(tx, call.platform, settings.on_failure, event, condition, outcome, executable.version)
        if settings.dead_letter:
            send_dead_letter(tx, call.platform, settings.dead_letter, event, outcome, condition)

    if settings.on_failure or settings.dead_letter:
        await call.write(send)
    return {}
