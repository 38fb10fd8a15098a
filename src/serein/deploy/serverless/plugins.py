"""Plugins of the framework: those whose effect is built in, those that none is needed of, and the rest."""

from collections.abc import Callable, Mapping
from typing import Any

from serein.deploy.serverless.contents import BUNDLERS
from serein.deploy.serverless.service import Service

_BUILT_IN = frozenset(
    {
        *BUNDLERS,
        "serverless-dotenv-plugin",
        "serverless-iam-roles-per-function",
        "serverless-pseudo-parameters",
        "serverless-python-requirements",
        "serverless-step-functions",
    }
)
_NEEDLESS = frozenset(
    {
        "serverless-deployment-bucket",
        "serverless-dynamodb",
        "serverless-dynamodb-local",
        "serverless-export-env",
        "serverless-localstack",
        "serverless-mocha-plugin",
        "serverless-offline",
        "serverless-offline-dynamodb-streams",
        "serverless-offline-scheduler",
        "serverless-offline-sns",
        "serverless-offline-sqs",
        "serverless-prune-plugin",
        "serverless-s3-local",
    }
)
_DIFFERENT = {
    "serverless-webpack": "functions are bundled by esbuild, and webpack's configuration is not read",
}
_MISSING = {
    "serverless-domain-manager": "the API answers at its own address, and at none of a domain of yours",
    "serverless-plugin-warmup": "functions are warm as long as the server runs; no schedule invokes them",
    "serverless-appsync-plugin": "the GraphQL API is not made",
    "serverless-lift": "its constructs are not made",
    "serverless-wsgi": "the handler that adapts the WSGI application is not added",
    "serverless-ruby-layer": "the layer with the gems is not made",
}


def plugin_warnings(service: Service) -> list[str]:
    """What the service's plugins would do and is not done, or is done differently."""
    found = [f"The plugin {name}: {_DIFFERENT[name]}." for name in service.plugins if name in _DIFFERENT]
    found += [
        f"The plugin {name} is not run: {_MISSING.get(name, 'what it adds to the deployment is missing')}."
        for name in service.plugins
        if name not in _BUILT_IN and name not in _NEEDLESS
    ]
    external = (service.custom.get("esbuild") or {}).get("external")
    if external and "serverless-esbuild" in service.plugins:
        found.append(f"custom.esbuild.external: {', '.join(map(str, external))} are left out of bundles and packages.")
    return found


def with_pseudo_parameters(service: Service, template: dict[str, Any]) -> dict[str, Any]:
    """The template with `#{AWS::Region}` as `Fn::Sub`, when the plugin for that is there."""
    if "serverless-pseudo-parameters" not in service.plugins:
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


def dotenv_variables(custom: Mapping[str, Any], read: Callable[[], Mapping[str, str]]) -> dict[str, str]:
    """What serverless-dotenv-plugin gives to functions: the variables of the project's .env files."""
    settings = custom.get("dotenv") or {}
    included, excluded = settings.get("include"), settings.get("exclude") or ()
    if included == "*":
        included = None
    return {
        name: value for name, value in read().items() if (included is None or name in included) and name not in excluded
    }
