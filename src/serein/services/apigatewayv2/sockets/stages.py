"""Stages as the data plane sees them: a compiled deployment with what the stage adds.

A stage is read for each message, so that a deployment counts from the next one on; it is compiled anew only when what
was read has changed.
"""

import json
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from serein.execute_api.throttling import TokenBuckets
from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.apigatewayv2 import store as api_store
from serein.services.apigatewayv2.sockets import store
from serein.services.apigatewayv2.sockets.compiled import Compiled, compile_snapshot

_MEMORY = "apigatewayv2 socket stages"
_KEPT = 256


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage that something is deployed to."""

    api_id: str
    name: str
    scope: Scope
    compiled: Compiled
    variables: dict[str, str]
    is_disabled: bool
    """Whether the API is reached by custom domain names only."""
    settings: dict[str, Any]

    def limits_of(self, route_key: str) -> tuple[float, float] | None:
        """Requests a second and burst of a route, or None where there is no limit."""
        of_route = self.settings.get("RouteSettings", {}).get(route_key, {})
        found = {**self.settings.get("DefaultRouteSettings", {}), **of_route}
        rate, burst = found.get("ThrottlingRateLimit"), found.get("ThrottlingBurstLimit")
        if rate is None and burst is None:
            return None
        # AWS: what isn't set is the account's limit.
        return float(10_000 if rate is None else rate), float(5_000 if burst is None else burst)


class Stages:
    """Stages by API and name."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._kept: OrderedDict[tuple[str, str], tuple[store.Served, Stage]] = OrderedDict()
        self.buckets = TokenBuckets()

    async def find(self, api_id: str, name: str) -> Stage | None:
        """The stage as it is now; None when it isn't there, or nothing is deployed to it."""
        return await self._platform.database.read(lambda tx: self._read(tx, api_id, name))

    def _read(self, tx: Transaction, api_id: str, name: str) -> Stage | None:
        served = store.find_served(tx, api_id, name)
        if served is None or not served.deployment_id:
            return None
        kept = self._kept.get((api_id, name))
        if kept is not None and kept[0] == served:
            return kept[1]
        snapshot = api_store.find_snapshot(tx, api_id, served.deployment_id)
        if snapshot is None:
            return None
        settings = json.loads(served.settings)
        stage = Stage(
            api_id,
            name,
            served.scope,
            compile_snapshot(snapshot, api_id),
            settings.get("StageVariables", {}),
            bool(json.loads(served.api).get("DisableExecuteApiEndpoint")),
            settings,
        )
        self._kept[api_id, name] = served, stage
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return stage

    def may_pass(self, stage: Stage, route_key: str, now: float) -> bool:
        """Take a token of a route's bucket; False when the route is throttled."""
        limits = stage.limits_of(route_key)
        if limits is None:
            return True
        return self.buckets.take((stage.api_id, stage.name, route_key), limits[0], limits[1], now)


def stages_of(platform: Platform) -> Stages:
    """The platform's stages."""
    found: Stages | None = platform.memory.get(_MEMORY)
    if found is None:
        found = platform.memory[_MEMORY] = Stages(platform)
    return found
