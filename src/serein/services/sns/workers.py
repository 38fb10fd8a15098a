"""The workers: what FIFO topics owe goes out in order, one at a time for each subscription and group."""

import asyncio
from typing import Any

from serein.kernel.call import Platform
from serein.kernel.database import Delivery, Target, Transaction
from serein.kernel.deliveries import decode_request
from serein.kernel.errors import AwsError
from serein.kernel.scope import Scope
from serein.kernel.worker import Worker
from serein.services.sns import store
from serein.services.sns.fanout import ATTEMPTS, wait_after
from serein.services.sns.metrics import metric_writer
from serein.services.sns.publishing import ORDERED_TOPIC
from serein.services.sns.replays import ReplayWorker

_LANES = 32
_IN_A_ROW = 100


def workers(platform: Platform) -> list[Worker]:
    return [OrderedDeliveryWorker(platform), metric_writer(platform), ReplayWorker(platform)]


class OrderedDeliveryWorker:
    """At least once, like every delivery: a row goes only after its call succeeded."""

    name = "sns ordered deliveries"
    topics: tuple[str, ...] = (ORDERED_TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def step(self) -> float | None:
        heads = await self._platform.database.read(lambda tx: store.lane_heads(tx, _LANES))
        if not heads:
            return None
        now = self._platform.clock.now()
        await asyncio.gather(*(self._deliver_lane(lane) for lane, due_at in heads if due_at <= now))
        return now if any(due_at <= now for _, due_at in heads) else heads[0][1]

    async def _deliver_lane(self, lane: str) -> None:
        for owed in await self._platform.database.read(lambda tx: store.owed_in(tx, lane, _IN_A_ROW)):
            if not await self._deliver(lane, *owed):
                return

    async def _deliver(self, lane: str, sequence: int, text: str, attempts: int) -> bool:
        """Make one delivery; False when the lane has to wait for another attempt."""
        database = self._platform.database
        owed = decode_request(text)
        try:
            scope = Scope(owed["account"], owed["region"])
            await self._platform.call(owed["service"], owed["operation"], owed["request"], scope=scope)
        except AwsError as error:
            if not error.is_sender_fault and attempts + 1 < ATTEMPTS:
                wait = wait_after(attempts)
                await database.write(lambda tx: store.postpone_ordered(tx, lane, sequence, tx.now + wait))
                return False
            await database.write(lambda tx: _give_up(tx, lane, sequence, owed))
            return True
        await database.write(lambda tx: store.remove_ordered(tx, lane, sequence))
        return True


def _give_up(tx: Transaction, lane: str, sequence: int, owed: dict[str, Any]) -> None:
    letter = owed.get("letter")
    if letter is not None:
        # Why two: data folders hold letters from before they were counted.
        operation = letter.get("operation")
        service = "sns" if operation else "sqs"
        target = Target(service, operation or "SendMessage", Scope(letter["account"], letter["region"]))
        tx.send(Delivery(target, letter["request"]))
    store.remove_ordered(tx, lane, sequence)
