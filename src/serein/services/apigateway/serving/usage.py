"""API keys and usage plans: who may use a stage, how fast, and how often.

What was used is counted in memory and written behind the replies; a quota is checked against whichever knows of more.
AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

import datetime
from collections import Counter
from functools import partial
from typing import Any

from serein.execute_api.throttling import TokenBuckets
from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.apigateway import store
from serein.services.apigateway.control.usage_plans import period_of
from serein.services.apigateway.serving import refusals
from serein.services.apigateway.serving.exchange import Exchange
from serein.services.apigateway.serving.refusals import Refused
from serein.services.apigateway.serving.stages import MethodSettings

_MEMORY = "apigateway usage"
Settings = dict[str, Any]
Row = tuple[str, str, str]
"""A plan, a key and a day."""
Days = dict[str, int]
"""How often a key was used, by day."""
_MOST_REMEMBERED = 10_000


class Usage:
    """The limits of keys and methods, and what is used of them. One for the platform: `usage_of`."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._buckets = TokenBuckets()
        self._unwritten: Counter[Row] = Counter()
        self._used: dict[Row, int] = {}
        """What a key with a quota has used, whether it is written yet or not."""
        self._is_writing = False

    def throttle(self, exchange: Exchange, settings: MethodSettings) -> None:
        """Take one from what a stage lets through to a method in a second. Raises Refused with 429."""
        method = exchange.method
        if settings.rate < 0 or settings.burst < 0 or method is None:
            return
        key = (exchange.api_id, exchange.stage_name, method.resource_path, method.verb)
        if not self._buckets.take(key, settings.rate, settings.burst, exchange.now):
            raise Refused(refusals.THROTTLED)

    async def require_key(self, exchange: Exchange) -> None:
        """The request must have a key of a plan with this stage, with something left. Raises Refused."""
        value, scope = exchange.api_key, exchange.scope
        if not value:
            raise Refused(refusals.INVALID_API_KEY)
        today = datetime.datetime.fromtimestamp(exchange.now, datetime.UTC).date()

        def find(tx: Transaction) -> tuple[Settings, Settings, Days, int] | None:
            return self._find(tx, scope, value, exchange, today)

        found = await self._platform.database.read(find)
        if found is None:
            raise Refused(refusals.INVALID_API_KEY)
        key, plan, days, granted = found
        exchange.api_key_id = key["id"]
        row = (plan["id"], key["id"], today.isoformat())
        quota = plan.get("quota")
        used_today = 0
        if quota:
            used_today = max(days.pop(row[2], 0), self._used.get(row, 0))
            earlier = sum(max(used, self._used.get((*row[:2], day), 0)) for day, used in days.items())
            if used_today + earlier - granted >= quota["limit"]:
                raise Refused(refusals.QUOTA_EXCEEDED)
        self._take(exchange, plan, key["id"])
        self._unwritten[row] += 1
        if quota:
            self._remember(row, used_today + 1)
        if not self._is_writing:
            self._is_writing = True
            self._platform.workers.activities.start("usage of API keys", self._write())

    def _find(
        self, tx: Transaction, scope: Scope, value: str, exchange: Exchange, today: datetime.date
    ) -> tuple[Settings, Settings, Days, int] | None:
        """The key, its plan with the stage, and of a quota what was used by day, and what was granted besides."""
        key = store.find_api_key(tx, scope, value)
        if key is None or not key.get("enabled"):
            return None
        for plan in store.usage_plans_of_key(tx, key["id"]):
            if _stage_of(plan, exchange) is not None:
                quota = plan.get("quota")
                if not quota:
                    return key, plan, {}, 0
                first, last = period_of(quota, today)
                rows = store.usage_between(tx, plan["id"], key["id"], first.isoformat(), last.isoformat())
                return key, plan, {day: used for day, used, _ in rows}, sum(granted for _, _, granted in rows)
        return None

    def _remember(self, row: Row, used: int) -> None:
        if len(self._used) >= _MOST_REMEMBERED:
            self._used = {each: count for each, count in self._used.items() if each[2] == row[2]}
        self._used[row] = used

    def _take(self, exchange: Exchange, plan: Settings, key_id: str) -> None:
        """Take one from what the plan lets a key do in a second. Raises Refused with 429."""
        method, now = exchange.method, exchange.now
        assert method is not None
        limits: list[tuple[Any, Settings]] = []
        stage = _stage_of(plan, exchange) or {}
        own = (stage.get("throttle") or {}).get(f"{method.resource_path}/{method.verb}")
        if own:
            limits.append(((plan["id"], key_id, exchange.api_id, method.resource_path, method.verb), own))
        elif plan.get("throttle"):
            limits.append(((plan["id"], key_id), plan["throttle"]))
        for key, limit in limits:
            if not self._buckets.take(key, limit.get("rateLimit", 0), limit.get("burstLimit", 0), now):
                raise Refused(refusals.THROTTLED)

    async def _write(self) -> None:
        try:
            while self._unwritten:
                writing, self._unwritten = self._unwritten, Counter()
                rows = [(plan_id, key_id, day, count) for (plan_id, key_id, day), count in writing.items()]
                await self._platform.database.write(partial(store.add_usage, counts=rows))
        finally:
            self._is_writing = False


def _stage_of(plan: Settings, exchange: Exchange) -> Settings | None:
    """The plan's entry for the request's stage."""
    for stage in plan.get("apiStages") or ():
        if stage.get("apiId") == exchange.api_id and stage.get("stage") == exchange.stage_name:
            return dict(stage)
    return None


def usage_of(platform: Platform) -> Usage:
    found: Usage | None = platform.memory.get(_MEMORY)
    if found is None:
        found = platform.memory[_MEMORY] = Usage(platform)
    return found
