"""A stage's settings for its methods: logging, metrics, throttling and caching, by `resource/VERB` or `*/*`."""

import math
from typing import Any

from serein.services.apigateway.control.patches import Patch
from serein.services.apigateway.errors import BadRequestException

Settings = dict[str, Any]
DEFAULTS: Settings = {
    "metricsEnabled": False,
    "loggingLevel": "OFF",
    "dataTraceEnabled": False,
    "throttlingBurstLimit": 5000,
    "throttlingRateLimit": 10000.0,
    "cachingEnabled": False,
    "cacheTtlInSeconds": 300,
    "cacheDataEncrypted": False,
    "requireAuthorizationForCacheControl": True,
    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
}
PATHS = {
    "metrics/enabled": "metricsEnabled",
    "logging/dataTrace": "dataTraceEnabled",
    "logging/loglevel": "loggingLevel",
    "throttling/burstLimit": "throttlingBurstLimit",
    "throttling/rateLimit": "throttlingRateLimit",
    "caching/ttlInSeconds": "cacheTtlInSeconds",
    "caching/enabled": "cachingEnabled",
    "caching/dataEncrypted": "cacheDataEncrypted",
    "caching/requireAuthorizationForCacheControl": "requireAuthorizationForCacheControl",
    "caching/unauthorizedCacheControlHeaderStrategy": "unauthorizedCacheControlHeaderStrategy",
}
"""What follows `/resource/VERB/` in a patch's path, and the setting that it means."""
_STRATEGIES = ("FAIL_WITH_403", "SUCCEED_WITH_RESPONSE_HEADER", "SUCCEED_WITHOUT_RESPONSE_HEADER")
_LEVELS = ("OFF", "ERROR", "INFO")
LONGEST_TTL_SECONDS = 3600
_OTHER_PATHS = (
    "/deploymentId",
    "/description",
    "/cacheClusterEnabled",
    "/cacheClusterSize",
    "/clientCertificateId",
    "/accessLogSettings",
    "/accessLogSettings/destinationArn",
    "/accessLogSettings/format",
)


def patch_method_settings(stage: Settings, patch: Patch) -> None:
    """Change or remove a method's settings. Raises BadRequestException for a path that no setting has."""
    segments = patch.path.lstrip("/").split("/")
    key = "/".join(segments[:2])
    settings = stage["methodSettings"]
    if patch.op == "remove":
        # AWS: a removal names the method alone; of anything else it says that there is no such method.
        if patch.path.lstrip("/") not in settings:
            name = patch.path.lstrip("/")
            raise BadRequestException(
                f"Cannot remove method setting {name} because there is no method setting for this method "
            )
        del settings[key]
        return
    member = PATHS.get("/".join(segments[2:]))
    if member is None:
        raise BadRequestException(f"Invalid method setting path: {patch.path}. Must be one of: [{', '.join(_paths())}]")
    patch.require_op("replace", "add")
    value = parse_setting(member, patch.text)
    # AWS: a method's own settings begin as those of the whole stage.
    settings.setdefault(key, {**DEFAULTS, **settings.get("*/*", {})})[member] = value


def _paths() -> list[str]:
    methods = [f"/{{resourcePath}}/{{httpMethod}}/{path}" for path in PATHS]
    return [
        *_OTHER_PATHS,
        *methods,
        *(f"/*/*/{path}" for path in PATHS),
        "/variables/{variable_name}",
        "/tracingEnabled",
    ]


def parse_setting(member: str, text: str) -> Any:
    """A setting's value. Raises BadRequestException."""
    if member == "loggingLevel":
        return _one_of(text, _LEVELS, "logging level")
    if member == "unauthorizedCacheControlHeaderStrategy":
        return _one_of(text, _STRATEGIES, "unauthorized cache control header strategy")
    if member == "cacheTtlInSeconds":
        seconds = int(_number(text, member))
        if not 0 <= seconds <= LONGEST_TTL_SECONDS:
            raise BadRequestException(f"Cache TTL value must be between 0 and {LONGEST_TTL_SECONDS} seconds")
        return seconds
    if member in ("throttlingBurstLimit", "throttlingRateLimit"):
        number = _number(text, member)
        if number < -1:
            raise BadRequestException(f"Invalid value for {member}: {text}")
        return int(number) if member == "throttlingBurstLimit" else number
    return text.lower() == "true"


def _one_of(text: str, options: tuple[str, ...], what: str) -> str:
    if text.upper() not in options:
        raise BadRequestException(f"Invalid {what} specified. Must be one of: [{', '.join(options)}]")
    return text.upper()


def _number(text: str, member: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadRequestException(f"Invalid value for {member}: {text}")
    return number
