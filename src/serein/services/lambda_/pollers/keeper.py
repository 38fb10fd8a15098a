"""The worker that keeps one poller running for each enabled mapping, with the mapping's current settings."""

from serein.kernel.call import Platform
from serein.services.lambda_.event_sources import MAPPINGS_TOPIC
from serein.services.lambda_.pollers.queue import QueuePoller
from serein.services.lambda_.pollers.stream import StreamPoller
from serein.services.lambda_.store import mappings as store
from serein.services.lambda_.store.mappings import Mapping

Poller = QueuePoller | StreamPoller


class MappingKeeper:
    """Adds, replaces and removes pollers as mappings change."""

    name = "event source mappings"

    def __init__(self, platform: Platform) -> None:
        self.topics: tuple[str, ...] = (MAPPINGS_TOPIC,)
        self._platform = platform
        self._pollers: dict[str, tuple[Mapping, Poller]] = {}

    async def step(self) -> float | None:
        enabled = {mapping.id: mapping for mapping in await self._platform.database.read(store.enabled_mappings)}
        for mapping_id, (running, poller) in list(self._pollers.items()):
            if enabled.get(mapping_id) != running:
                await self._platform.workers.remove(poller.name)
                del self._pollers[mapping_id]
        for mapping_id, mapping in enabled.items():
            if mapping_id not in self._pollers:
                poller = _poller_of(self._platform, mapping)
                self._pollers[mapping_id] = mapping, poller
                self._platform.workers.add(poller)
        return None

    def last_result(self, mapping_id: str) -> str:
        """What the mapping's poller says of its latest batch."""
        running = self._pollers.get(mapping_id)
        return running[1].last_result if running is not None else "No records processed"


def _poller_of(platform: Platform, mapping: Mapping) -> Poller:
    name = f"{mapping.source} event source mapping {mapping.id} of {mapping.function_name}"
    return QueuePoller(platform, mapping, name) if mapping.source == "sqs" else StreamPoller(platform, mapping, name)
