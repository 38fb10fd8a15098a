"""serverless-pseudo-parameters and serverless-cf-vars: `#{AWS::Region}` in texts of the template."""

from typing import Any

from serein.deploy.serverless.service import Service

_PLUGINS = frozenset({"serverless-cf-vars", "serverless-pseudo-parameters"})


def with_pseudo_parameters(service: Service, template: dict[str, Any]) -> dict[str, Any]:
    """The template with `#{AWS::Region}` as `Fn::Sub`, when the plugin for that is there."""
    if _PLUGINS.isdisjoint(service.plugins):
        return template
    replaced: dict[str, Any] = _substituted(template)
    return replaced


def _substituted(value: Any) -> Any:
    if isinstance(value, str):
        return {"Fn::Sub": value.replace("#{", "${")} if "#{" in value else value
    if isinstance(value, list):
        return [_substituted(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"Fn::Sub"}:
        return {"Fn::Sub": _replaced_in(value["Fn::Sub"])}
    return {key: _substituted(item) for key, item in value.items()}


def _replaced_in(given: Any) -> Any:
    if isinstance(given, str):
        return given.replace("#{", "${")
    return [_replaced_in(given[0]), *(_substituted(item) for item in given[1:])]
