"""A stage's properties as patches of UpdateStage."""

from typing import Any

from serein.kernel.resource import Properties
from serein.services.apigateway.control.method_settings import PATHS
from serein.services.apigateway.control.patches import escaped
from serein.services.apigateway.resources.wire_form import Patches, map_patches, replaced, text_of, texts

_PLAIN = ("DeploymentId", "Description", "ClientCertificateId", "DocumentationVersion")
_SETTING_PATHS = {member[:1].upper() + member[1:]: path for path, member in PATHS.items()}


def stage_patches(old: Properties, new: Properties) -> Patches:
    """What makes a stage with the old properties one with the new."""
    patches = replaced(old, new, _PLAIN)
    for name in ("CacheClusterEnabled", "TracingEnabled"):
        if old.get(name) != new.get(name):
            path = f"/{name[:1].lower()}{name[1:]}"
            patches.append({"op": "replace", "path": path, "value": text_of(new.get(name, False))})
    if new.get("CacheClusterSize") and new["CacheClusterSize"] != old.get("CacheClusterSize"):
        patches.append({"op": "replace", "path": "/cacheClusterSize", "value": text_of(new["CacheClusterSize"])})
    patches += map_patches("/variables", texts(old.get("Variables")), texts(new.get("Variables")))
    patches += _access_log(old.get("AccessLogSetting") or {}, new.get("AccessLogSetting") or {})
    patches += _canary(old.get("CanarySetting") or {}, new.get("CanarySetting") or {})
    return patches + _method_settings(old.get("MethodSettings") or [], new.get("MethodSettings") or [])


def _access_log(old: dict[str, Any], new: dict[str, Any]) -> Patches:
    if old == new:
        return []
    patches = [{"op": "remove", "path": "/accessLogSettings"}] if old else []
    if new.get("DestinationArn"):
        # AWS: a log group's ARN is taken with and without the wildcard of its streams.
        arn = str(new["DestinationArn"]).removesuffix(":*")
        patches.append({"op": "add", "path": "/accessLogSettings/destinationArn", "value": arn})
    if new.get("Format"):
        patches.append({"op": "add", "path": "/accessLogSettings/format", "value": str(new["Format"])})
    return patches


def _canary(old: dict[str, Any], new: dict[str, Any]) -> Patches:
    if old == new:
        return []
    if not new:
        return [{"op": "remove", "path": "/canarySettings"}]
    patches = replaced(
        old, new, tuple(name for name in ("DeploymentId", "PercentTraffic", "UseStageCache") if name in new)
    )
    for patch in patches:
        patch["path"] = f"/canarySettings{patch['path']}"
    overrides = "StageVariableOverrides"
    return patches + map_patches(
        "/canarySettings/stageVariableOverrides", texts(old.get(overrides)), texts(new.get(overrides))
    )


def _method_settings(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Patches:
    if old == new:
        return []
    patches = [{"op": "remove", "path": f"/{key}"} for key in dict.fromkeys(map(_key, filter(_has_any, old)))]
    for setting in new:
        patches += [
            {"op": "replace", "path": f"/{_key(setting)}/{path}", "value": text_of(setting[name])}
            for name, path in _SETTING_PATHS.items()
            if name in setting
        ]
    return patches


def _has_any(setting: dict[str, Any]) -> bool:
    return any(name in setting for name in _SETTING_PATHS)


def _key(setting: dict[str, Any]) -> str:
    """`*/*`, or a resource's path with its slashes escaped, and the verb."""
    path = str(setting.get("ResourcePath", "/*"))
    if path in ("/*", "*"):
        name = "*"
    elif path.startswith(("/~1", "~1")):
        name = path.lstrip("/")
    else:
        name = escaped(path)
    return f"{name}/{setting.get('HttpMethod', '*')}"
