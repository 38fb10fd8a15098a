"""The worker that keeps one poller running for each enabled mapping, with the mapping's current settings.

Where several servers share a database, each mapping is polled by the one that holds its lease, so that no shard is
read twice and a queue's concurrency is what its mapping says.
"""

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.ids import random_hex
from serein.services.lambda_.event_sources import MAPPINGS_TOPIC, QUEUE
from serein.services.lambda_.pollers.queue import QueuePoller
from serein.services.lambda_.pollers.stream import StreamPoller
from serein.services.lambda_.store import mappings as store
from serein.services.lambda_.store.mapping_leases import claim_mappings, release_mapping
from serein.services.lambda_.store.mappings import Mapping

Poller = QueuePoller | StreamPoller
LEASE_SECONDS = 9.0
_COMING = ("Creating", "Enabling")


class MappingKeeper:
    """Adds, replaces and removes pollers as mappings change."""

    name = "event source mappings"

    def __init__(self, platform: Platform) -> None:
        self.topics: tuple[str, ...] = (MAPPINGS_TOPIC,)
        self._platform = platform
        # Why not on a virtual clock: its server is alone, whatever its database.
        is_shared = platform.database.is_shared and not platform.clock.is_virtual
        self._owner = random_hex(16) if is_shared else ""
        self._pollers: dict[str, tuple[Mapping, Poller]] = {}
        self._renew_at = 0.0

    async def step(self) -> float | None:
        platform, now = self._platform, self._platform.clock.now()
        kept = await platform.database.read(store.mappings_to_keep)
        await self._remove([mapping.id for mapping in kept if mapping.is_gone_at(now)])
        wanted = {mapping.id: mapping for mapping in kept if _is_polled(mapping, now)}
        due = [mapping.transition_until for mapping in kept if mapping.transition and mapping.transition_until > now]
        if self._owner and wanted:
            wanted = await self._claim(wanted)
            due.append(now + LEASE_SECONDS / 3)
        await self._stop_others(wanted)
        for mapping_id, mapping in wanted.items():
            if mapping_id not in self._pollers:
                poller = self._poller_of(mapping)
                self._pollers[mapping_id] = mapping, poller
                platform.workers.add(poller)
        return min(due, default=None)

    async def _remove(self, mapping_ids: list[str]) -> None:
        """Remove mappings whose deletion is over."""

        def remove(tx: Transaction) -> None:
            for mapping_id in mapping_ids:
                store.remove_mapping(tx, mapping_id)

        if mapping_ids:
            await self._platform.database.write(remove)

    async def _claim(self, wanted: dict[str, Mapping]) -> dict[str, Mapping]:
        """Those of the mappings that are this server's."""
        leased = [mapping.id for mapping in wanted.values() if _needs_lease(mapping)]

        def claim(tx: Transaction) -> set[str]:
            return claim_mappings(tx, leased, self._owner, LEASE_SECONDS)

        own = await self._platform.database.write(claim) if leased else set()
        return {id: mapping for id, mapping in wanted.items() if id in own or not _needs_lease(mapping)}

    async def _stop_others(self, wanted: dict[str, Mapping]) -> None:
        """Have pollers that aren't wanted, or have other settings, end; they are gone once nothing is under way."""
        for mapping_id, (running, poller) in list(self._pollers.items()):
            current = wanted.get(mapping_id)
            if current is not None and current.polls_like(running) and not poller.is_stopping:
                continue
            if not poller.is_stopping:
                poller.stop()
            if not poller.is_settled:
                continue
            await self._platform.workers.remove(poller.name)
            del self._pollers[mapping_id]
            if self._owner and current is None:
                await self._release(mapping_id)

    async def _release(self, mapping_id: str) -> None:
        owner = self._owner
        await self._platform.database.write(lambda tx: release_mapping(tx, mapping_id, owner))

    def _poller_of(self, mapping: Mapping) -> Poller:
        name = f"{mapping.source} event source mapping {mapping.id} of {mapping.function_name}"
        if mapping.source == QUEUE:
            return QueuePoller(self._platform, mapping, name)
        return StreamPoller(self._platform, mapping, name, self._owner)


def _is_polled(mapping: Mapping, now: float) -> bool:
    is_passing = mapping.transition_until > now
    if mapping.transition == store.DELETING or (is_passing and mapping.transition in _COMING):
        return False
    return mapping.is_enabled


def _needs_lease(mapping: Mapping) -> bool:
    """A queue gives each message to one reader anyway; only how many read at the same time may have to be known."""
    return mapping.source != QUEUE or "ScalingConfig" in mapping.settings
