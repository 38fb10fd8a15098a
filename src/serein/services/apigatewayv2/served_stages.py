"""A stage's settings as the data plane uses them, read once for their text."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from serein.execute_api.access_logs import LogFormat, compile_format

# AWS: the quotas of an account and region, which hold for a limit that is left out.
ACCOUNT_RATE, ACCOUNT_BURST = 10_000.0, 5_000


@dataclass(frozen=True, slots=True)
class Throttle:
    """How many requests a second, and at once."""

    rate: float
    burst: int


@dataclass(frozen=True, slots=True)
class StageSettings:
    """What a stage adds to its deployment."""

    variables: dict[str, str]
    log_destination: str
    """Empty without access logs."""
    log_format: LogFormat | None
    default_throttle: Throttle | None
    throttles: dict[str, Throttle]
    """By route key, where they differ from the default."""
    is_detailed: bool
    """Whether metrics are counted by route, where a route doesn't say."""
    detailed: dict[str, bool]

    def throttle_of(self, route_key: str) -> Throttle | None:
        return self.throttles.get(route_key, self.default_throttle)

    def has_detailed_metrics(self, route_key: str) -> bool:
        return self.detailed.get(route_key, self.is_detailed)


@lru_cache(maxsize=1024)
def read_stage(text: str) -> StageSettings:
    """The settings that a stage's stored text means."""
    settings: dict[str, Any] = json.loads(text)
    logs = settings.get("AccessLogSettings") or {}
    log_format = logs.get("Format", "")
    default = settings.get("DefaultRouteSettings") or {}
    routes: dict[str, dict[str, Any]] = settings.get("RouteSettings") or {}
    throttles = {key: throttle for key, each in routes.items() if (throttle := _throttle({**default, **each}))}
    return StageSettings(
        settings.get("StageVariables") or {},
        logs.get("DestinationArn", "") if log_format else "",
        compile_format(log_format) if log_format else None,
        _throttle(default),
        throttles,
        default.get("DetailedMetricsEnabled", False),
        {key: each["DetailedMetricsEnabled"] for key, each in routes.items() if "DetailedMetricsEnabled" in each},
    )


def _throttle(settings: dict[str, Any]) -> Throttle | None:
    rate, burst = settings.get("ThrottlingRateLimit"), settings.get("ThrottlingBurstLimit")
    if rate is None and burst is None:
        return None
    return Throttle(ACCOUNT_RATE if rate is None else rate, ACCOUNT_BURST if burst is None else burst)
