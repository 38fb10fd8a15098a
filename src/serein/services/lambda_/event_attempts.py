"""One attempt at an accepted event, and what its end means for the event's place in the queue."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.runner import Invocation, Outcome
from serein.services.lambda_.concurrency import is_host_full
from serein.services.lambda_.destinations import SUCCESS, send_dead_letter, send_result
from serein.services.lambda_.errors import (
    RecursiveInvocationException,
    ResourceNotFoundException,
    TooManyRequestsException,
)
from serein.services.lambda_.event_invokes import (
    EVENT_AGE_EXCEEDED,
    RECURSIVE_LOOP,
    RETRIES_EXHAUSTED,
    ZERO_CONCURRENCY,
    EventSettings,
    dead_letter_of,
    retry_seconds,
    settings_of,
    throttle_seconds,
)
from serein.services.lambda_.invocation import Executable, find_trace, require_executable, run
from serein.services.lambda_.memory import memory_of
from serein.services.lambda_.metrics import Source
from serein.services.lambda_.names import LATEST
from serein.services.lambda_.store import aliases, events
from serein.services.lambda_.store.events import Event

Settlement = Callable[[Transaction], None]
"""What becomes of an event after an attempt."""

_FIRST_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 1.0
_PATIENCE_SECONDS = 25.0


async def attempt(platform: Platform, event: Event) -> Settlement:
    """Run the function once; an event whose function is gone is dropped, as on AWS."""
    try:
        executable = await require_executable(platform, event.reference, event.tenant_id)
    except ResourceNotFoundException:
        return lambda tx: events.remove_event(tx, event)
    settings = await _settings(platform, event)
    now = platform.clock.now()
    if now - event.accepted_at > settings.maximum_age_seconds:
        return _given_up(platform, event, executable, settings, EVENT_AGE_EXCEEDED)
    if executable.reserved_concurrency == 0:
        return _given_up(platform, event, executable, settings, ZERO_CONCURRENCY)
    try:
        trace_id = await find_trace(platform, event.reference, event.trace_id)
        invocation = Invocation(event.request_id, event.payload, trace_id=trace_id)
        outcome = await _run(platform, executable, invocation)
    except RecursiveInvocationException:
        return _given_up(platform, event, executable, settings, RECURSIVE_LOOP)
    except AwsError:
        # AWS: throttles and system errors are tried again until the event is too old; they don't count as attempts.
        wait = throttle_seconds(event)
        left = settings.maximum_age_seconds - (platform.clock.now() - event.accepted_at)
        return lambda tx: events.postpone_event(tx, event.throttled(), tx.now + min(wait, left + 0.001))
    caused = replace(event, trace_id=trace_id)
    if outcome.function_error:
        return _after_failure(platform, caused, executable, settings, outcome)
    return _after_success(platform, caused, executable, settings, outcome)


async def _settings(platform: Platform, event: Event) -> EventSettings:
    reference = event.reference
    qualifier = reference.qualifier or LATEST
    found = await platform.database.read(
        lambda tx: aliases.find_event_config(tx, reference.scope, reference.name, qualifier)
    )
    return EventSettings() if found is None else settings_of(found.settings)


async def _run(platform: Platform, executable: Executable, invocation: Invocation) -> Outcome:
    """Run the function; a machine without room is waited for, in real seconds: its capacity is ours alone."""
    pause, waited = _FIRST_PAUSE_SECONDS, 0.0
    while True:
        try:
            return await run(platform, executable, invocation)
        except TooManyRequestsException as busy:
            if not is_host_full(busy) or waited > _PATIENCE_SECONDS:
                raise
        await asyncio.sleep(pause)
        waited += pause
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


def _after_success(
    platform: Platform, event: Event, executable: Executable, settings: EventSettings, outcome: Outcome
) -> Settlement:
    def settle(tx: Transaction) -> None:
        events.remove_event(tx, event)
        if settings.on_success:
            send_result(tx, platform, settings.on_success, event, SUCCESS, outcome, executable.version)

    return settle


def _after_failure(
    platform: Platform, event: Event, executable: Executable, settings: EventSettings, outcome: Outcome
) -> Settlement:
    failed, wait = event.failed(), retry_seconds(event)
    if event.attempt >= settings.maximum_retries:
        return _given_up(platform, failed, executable, settings, RETRIES_EXHAUSTED, outcome)
    if platform.clock.now() - event.accepted_at + wait > settings.maximum_age_seconds:
        return _given_up(platform, failed, executable, settings, EVENT_AGE_EXCEEDED, outcome)
    return lambda tx: events.postpone_event(tx, failed, tx.now + wait)


def _given_up(
    platform: Platform,
    event: Event,
    executable: Executable,
    settings: EventSettings,
    condition: str,
    outcome: Outcome | None = None,
) -> Settlement:
    """Send the event to where failures go."""
    dead_letter = dead_letter_of(executable.configuration)
    source = Source(event.reference.scope, event.reference.name, event.reference.qualifier)
    metrics = memory_of(platform).metrics
    if condition == RECURSIVE_LOOP:
        metrics.add(source, "RecursiveInvocationsDropped")
    if not dead_letter and not settings.on_failure:
        metrics.add(source, "AsyncEventsDropped")

    def settle(tx: Transaction) -> None:
        events.remove_event(tx, event)
        if settings.on_failure:
            send_result(tx, platform, settings.on_failure, event, condition, outcome, executable.version)
        if dead_letter:
            send_dead_letter(tx, platform, dead_letter, event, outcome, condition)

    return settle
