"""DynamoDB's background work: indexes that are being built, rows of deleted tables, items that expire, old records."""

from functools import partial

from serein.kernel.call import Platform
from serein.kernel.worker import Worker
from serein.services.dynamodb.housekeeping import do_some, expire_some, next_expiry
from serein.services.dynamodb.jobs import working
from serein.services.dynamodb.resharding import Resharder
from serein.services.dynamodb.store import chores, expiries, streams
from serein.services.dynamodb.store import transitions as transition_rows
from serein.services.dynamodb.transitions import settle_some
from serein.services.dynamodb.trimming import find_trims, next_trim, trim


def workers(platform: Platform) -> list[Worker]:
    """The workers that run as long as the platform does."""
    return [
        Housekeeper(platform),
        TableSettler(platform),
        Expirer(platform),
        Trimmer(platform),
        Resharder(platform),
        *working.workers(platform),
    ]


class Housekeeper:
    """Does chores until there are none."""

    name = "dynamodb housekeeping"
    topics: tuple[str, ...] = (chores.TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._database = platform.database

    async def step(self) -> float | None:
        while await self._database.read(chores.find_chore) is not None:
            await self._database.write(do_some)
        return None


class TableSettler:
    """Lets tables be ready, or gone, when their time has come."""

    name = "dynamodb life cycles"
    topics: tuple[str, ...] = (transition_rows.TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._database = platform.database
        self._clock = platform.clock

    async def step(self) -> float | None:
        due = await self._database.read(transition_rows.next_transition)
        while due is not None and due <= self._clock.now():
            await self._database.write(settle_some)
            due = await self._database.read(transition_rows.next_transition)
        return due


class Expirer:
    """Removes items when their time has come."""

    name = "dynamodb time to live"
    topics: tuple[str, ...] = (expiries.TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._database = platform.database
        self._clock = platform.clock

    async def step(self) -> float | None:
        due = await self._database.read(next_expiry)
        while due is not None and due <= self._clock.now():
            await self._database.write(expire_some)
            due = await self._database.read(next_expiry)
        return due


class Trimmer:
    """Removes stream records when they are a day old."""

    name = "dynamodb stream retention"
    topics: tuple[str, ...] = (streams.TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._database = platform.database
        self._clock = platform.clock

    async def step(self) -> float | None:
        due = await self._database.read(next_trim)
        while due is not None and due <= self._clock.now():
            trims = await self._database.read(find_trims)
            await self._database.write(partial(trim, trims=trims))
            due = await self._database.read(next_trim)
        return due
