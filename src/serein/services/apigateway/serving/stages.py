"""Stages, compiled: variables, the settings of each method, canary and logs."""

import json
from dataclasses import dataclass
from typing import Any

from serein.execute_api.access_logs import LogFormat, compile_format
from serein.kernel.ids import random_fraction
from serein.kernel.scope import Scope
from serein.services.apigateway.store import Served

_ALL = "*/*"


@dataclass(frozen=True, slots=True)
class MethodSettings:
    """What a stage says of one of its methods."""

    rate: float
    """Requests a second; below 0 there is no limit."""
    burst: float
    has_logs: bool
    is_error_log: bool
    """Whether the log is of failures alone."""
    has_trace: bool
    has_metrics: bool
    is_cached: bool
    ttl_seconds: int
    needs_authorization: bool
    """Whether clients must be allowed to invalidate the cache."""
    strategy: str


@dataclass(frozen=True, slots=True)
class Canary:
    """Part of a stage's traffic, which another deployment serves."""

    percent: float
    deployment_id: str
    variables: dict[str, str]
    has_stage_cache: bool

    def is_drawn(self) -> bool:
        """Whether a request goes to the canary."""
        if self.percent <= 0:
            return False
        return self.percent >= 100 or random_fraction() * 100 < self.percent


class Stage:
    """A stage, ready. A change of it makes another one."""

    __slots__ = (
        *("_by_method", "_settings", "access_destination", "access_format", "api_name", "cache_revision", "canary"),
        *("deployment_id", "is_cached", "is_disabled", "name", "scope", "variables", "authorizers_revision"),
    )

    def __init__(self, served: Served) -> None:
        api: dict[str, Any] = json.loads(served.api)
        stage: dict[str, Any] = json.loads(served.stage or "{}")
        self.scope = Scope(served.account, served.region)
        self.name: str = stage.get("stageName", "")
        self.api_name: str = api.get("name", "")
        self.is_disabled = bool(api.get("disableExecuteApiEndpoint"))
        self.deployment_id = served.deployment_id
        self.variables: dict[str, str] = stage.get("variables") or {}
        self.canary = _canary(stage.get("canarySettings"), served.canary_deployment_id, self.variables)
        self.is_cached = bool(stage.get("cacheClusterEnabled"))
        self.cache_revision = served.cache_revision
        self.authorizers_revision = served.authorizers_revision
        logs = stage.get("accessLogSettings") or {}
        self.access_destination: str = logs.get("destinationArn") or ""
        self.access_format: LogFormat | None = (
            compile_format(logs["format"]) if self.access_destination and logs.get("format") else None
        )
        self._settings = {_key(key): value for key, value in (stage.get("methodSettings") or {}).items()}
        self._by_method: dict[tuple[str, str], MethodSettings] = {}

    def settings_of(self, path: str, verb: str) -> MethodSettings:
        """The settings of a resource's method, its own before those of all."""
        found = self._by_method.get((path, verb))
        if found is None:
            found = self._by_method[path, verb] = self._merge(path, verb)
        return found

    def _merge(self, path: str, verb: str) -> MethodSettings:
        own = self._settings.get(f"{path.strip('/')}/{verb}")
        every = self._settings.get(_ALL, {})
        settings = {**every, **(own or {})}
        level = settings.get("loggingLevel") or "OFF"
        # AWS: caching for the whole stage is for GET alone; other methods need it for themselves.
        is_cached = bool(settings.get("cachingEnabled")) and (verb == "GET" or own is not None)
        return MethodSettings(
            rate=settings.get("throttlingRateLimit", -1),
            burst=settings.get("throttlingBurstLimit", -1),
            has_logs=level in ("INFO", "ERROR"),
            is_error_log=level == "ERROR",
            has_trace=bool(settings.get("dataTraceEnabled")),
            has_metrics=bool(settings.get("metricsEnabled")),
            is_cached=self.is_cached and is_cached,
            ttl_seconds=int(settings.get("cacheTtlInSeconds", 300)),
            needs_authorization=bool(settings.get("requireAuthorizationForCacheControl", True)),
            strategy=settings.get("unauthorizedCacheControlHeaderStrategy") or "SUCCEED_WITH_RESPONSE_HEADER",
        )


def _key(key: str) -> str:
    """A setting's key as `pets/{id}/GET`, however its resource is written."""
    path, _, verb = key.rpartition("/")
    return key if key == _ALL else f"{path.replace('~1', '/').strip('/')}/{verb}"


def _canary(settings: dict[str, Any] | None, deployment_id: str, variables: dict[str, str]) -> Canary | None:
    if not settings or not deployment_id:
        return None
    return Canary(
        float(settings.get("percentTraffic") or 0),
        deployment_id,
        {**variables, **(settings.get("stageVariableOverrides") or {})},
        bool(settings.get("useStageCache")),
    )
