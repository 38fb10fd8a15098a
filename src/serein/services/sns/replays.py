"""The worker that replays what FIFO topics have archived."""

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.services.sns import archives, store
from serein.services.sns.archive_policies import FOREVER
from serein.services.sns.fanout import takers
from serein.services.sns.publishing import append_ordered
from serein.services.sns.store import archive

_ROW = 100


class ReplayWorker:
    """Each step owes a hundred messages more; a replay is over once it has met the present or its end."""

    name = "sns replays"
    topics: tuple[str, ...] = (archives.REPLAYS_TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def step(self) -> float | None:
        if not await self._platform.database.read(lambda tx: archive.replays(tx, 1)):
            return None
        await self._platform.database.write(self._advance)
        return self._platform.clock.now()

    def _advance(self, tx: Transaction) -> None:
        for subscription_arn, topic_arn, position, since, until in archive.replays(tx, _ROW):
            topic, subscription = store.find_topic(tx, topic_arn), store.find_subscription(tx, subscription_arn)
            kept = archive.kept(tx, topic_arn, position, since, until, _ROW)
            # Why the order: nothing can be published between the last look and the end, in one transaction.
            if topic is None or subscription is None or not kept:
                archive.end_replay(tx, subscription_arn)
                continue
            for sequence, published_at, text in kept:
                publication = archives.publication_of(self._platform, topic, sequence, published_at, text)
                append_ordered(tx, publication, takers(publication, [subscription]), "")
            if len(kept) < _ROW and until != FOREVER and until <= tx.now:
                archive.end_replay(tx, subscription_arn)
            else:
                archive.advance_replay(tx, subscription_arn, kept[-1][0])
