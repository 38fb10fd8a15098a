"""What EventBridge does without a request: scheduled rules, replays, and archived events that are kept no longer.

Why through operations: while there is nothing to do, little more than this module is loaded.
"""

from serein.kernel.call import Platform
from serein.kernel.scope import Scope
from serein.kernel.worker import Worker
from serein.services.events.interest import interest_of
from serein.services.events.store.dues import (
    ARCHIVED_TOPIC,
    REPLAYS_TOPIC,
    RULES_TOPIC,
    delete_expired,
    has_replays,
    next_expiry,
    next_rule,
)

_HOUR_SECONDS = 3600.0


def workers(platform: Platform) -> list[Worker]:
    platform.event_interest = interest_of(platform)
    return [ScheduleWorker(platform), ReplayWorker(platform), RetentionWorker(platform)]


class ScheduleWorker:
    """Fires scheduled rules that are due."""

    name = "EventBridge's schedules"
    topics: tuple[str, ...] = (RULES_TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def step(self) -> float | None:
        database, clock = self._platform.database, self._platform.clock
        while (due := await database.read(next_rule)) is not None and due <= clock.now():
            await self._platform.call("events", "FireRules", {}, scope=Scope())
        return due


class ReplayWorker:
    """Goes on with replays."""

    name = "EventBridge's replays"
    topics: tuple[str, ...] = (REPLAYS_TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def step(self) -> float | None:
        while await self._platform.database.read(has_replays):
            await self._platform.call("events", "AdvanceReplays", {}, scope=Scope())
        return None


class RetentionWorker:
    """Deletes archived events whose time is up, an hour's together."""

    name = "EventBridge's archives"
    topics: tuple[str, ...] = (ARCHIVED_TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def step(self) -> float | None:
        database, clock = self._platform.database, self._platform.clock
        due = await database.read(next_expiry)
        if due is not None and due <= clock.now():
            await database.write(delete_expired)
            due = await database.read(next_expiry)
        return None if due is None else max(due, clock.now() + _HOUR_SECONDS)
