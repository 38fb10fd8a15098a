"""What the service's plugins come to here: built in, not needed, done differently, or missing."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from serein.deploy.serverless.contents import ESBUILD_READ
from serein.deploy.serverless.plugins import canaries, python_requirements, wsgi
from serein.deploy.serverless.service import Service


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin whose effect is built in, if in part."""

    section: str = ""
    """Its part of `custom`."""
    read: frozenset[str] | None = None
    """The members of the section that count; None: all do, or what doesn't is told elsewhere."""
    without_effect: Mapping[str, str] = field(default_factory=dict)
    """Members that don't, and why."""
    function_keys: frozenset[str] = frozenset()
    """What it reads of functions."""
    notice: str = ""
    """What is done differently."""


_ESBUILD_WITHOUT_EFFECT = {
    "concurrency": "functions are bundled one after another",
    "installExtraArgs": "npm installs the packages that stay apart",
    "nodeExternals": "what stays out of bundles is named in external",
    "packager": "npm installs",
    "packagerOptions": "npm installs",
    "platform": "bundles are for Node.js",
    "plugins": "esbuild runs without plugins",
    "watch": "`serein up` watches by itself",
    "zipConcurrency": "functions are bundled one after another",
}
_AS_HERE = (("bundle", True), ("platform", "node"))
"""Settings that ask for what is done anyway."""
_BUILT_IN: Mapping[str, Plugin] = {
    "serverless-apigw-binary": Plugin("apigwBinary", frozenset({"types"})),
    "serverless-bundle": Plugin(
        "bundle", frozenset(), notice="functions are bundled by esbuild, with its own settings"
    ),
    "serverless-cf-vars": Plugin(),
    "serverless-domain-manager": Plugin(),
    "serverless-dotenv-plugin": Plugin("dotenv", frozenset({"include", "exclude"})),
    "serverless-esbuild": Plugin("esbuild", ESBUILD_READ, _ESBUILD_WITHOUT_EFFECT),
    "serverless-git-variables": Plugin(),
    "serverless-iam-roles-per-function": Plugin("serverless-iam-roles-per-function", frozenset({"defaultInherit"})),
    "serverless-lift": Plugin(),
    "serverless-plugin-canary-deployments": Plugin(
        canaries.SECTION, canaries.SECTION_READ, {}, frozenset({canaries.FUNCTION_KEY})
    ),
    "serverless-plugin-git-variables": Plugin(),
    "serverless-plugin-log-retention": Plugin(),
    "serverless-plugin-resource-tagging": Plugin(),
    "serverless-plugin-tracing": Plugin(),
    "serverless-plugin-typescript": Plugin("serverlessPluginTypescript", frozenset()),
    "serverless-pseudo-parameters": Plugin("pseudoParameters", frozenset()),
    "serverless-python-requirements": Plugin(
        "pythonRequirements", python_requirements.READ, python_requirements.WITHOUT_EFFECT, frozenset({"module"})
    ),
    "serverless-step-functions": Plugin(),
    "serverless-webpack": Plugin("webpack", frozenset(), notice="functions are bundled by esbuild"),
    "serverless-wsgi": Plugin("wsgi", wsgi.READ, wsgi.WITHOUT_EFFECT),
}
_NEEDLESS: Mapping[str, str] = {
    "serverless-deployment-bucket": "packages go to Serein's own bucket",
    "serverless-dynamodb": "tables are here",
    "serverless-dynamodb-local": "tables are here",
    "serverless-export-env": "`serein env` prints what local programs need",
    "serverless-localstack": "Serein is the endpoint",
    "serverless-mocha-plugin": "it adds commands only",
    "serverless-offline": "the application runs here as it is",
    "serverless-offline-dynamodb-streams": "streams are here",
    "serverless-offline-kinesis": "streams are here",
    "serverless-offline-scheduler": "schedules are here",
    "serverless-offline-sns": "topics are here",
    "serverless-offline-sqs": "queues are here",
    "serverless-offline-ssm": "parameters are here",
    "serverless-plugin-common-excludes": "Lambda's own libraries are left out of packages by patterns",
    "serverless-plugin-include-dependencies": "dependencies are installed for each package",
    "serverless-plugin-split-stacks": "stacks may have as many resources as they like",
    "serverless-plugin-warmup": "functions are warm as long as the server runs",
    "serverless-prune-plugin": "old versions cost nothing",
    "serverless-s3-local": "buckets are here",
}
_MISSING: Mapping[str, str] = {
    "serverless-add-api-key": "its API keys are not made",
    "serverless-api-gateway-caching": "responses are not cached",
    "serverless-appsync-plugin": "the GraphQL API is not made",
    "serverless-associate-waf": "there are no web ACLs here",
    "serverless-lumigo": "nothing is sent to Lumigo",
    "serverless-plugin-aws-alerts": "its alarms, dashboards and topics are not made",
    "serverless-plugin-datadog": "nothing is sent to Datadog",
    "serverless-plugin-lambda-insights": "there is no Lambda Insights here",
    "serverless-ruby-layer": "the layer with the gems is not made",
    "serverless-s3-sync": "its buckets stay empty",
}
_AFFIXES = re.compile(r"^(serverless-plugin-|serverless-)|(-plugin)$")


def plugin_warnings(service: Service) -> list[str]:
    """What the service's plugins would do and is not done, or is done differently."""
    needless = [f"{name} ({_NEEDLESS[name]})" for name in service.plugins if name in _NEEDLESS]
    found = [f"Plugins that are not needed here: {', '.join(needless)}."] if needless else []
    for name in service.plugins:
        if name in _BUILT_IN:
            found += _of_built_in(service, name, _BUILT_IN[name])
        elif name not in _NEEDLESS:
            found.append(_missing(service, name))
    if _wants_metadata(service):
        found.append("tsconfig.json: emitDecoratorMetadata has no effect: esbuild bundles without it.")
    return found


def _wants_metadata(service: Service) -> bool:
    path = service.folder / "tsconfig.json"
    return path.is_file() and re.search(r'"emitDecoratorMetadata"\s*:\s*true', path.read_text()) is not None


def function_keys(service: Service) -> set[str]:
    """What plugins that are built in read of functions."""
    return {key for name in service.plugins if name in _BUILT_IN for key in _BUILT_IN[name].function_keys}


def _of_built_in(service: Service, name: str, plugin: Plugin) -> Iterator[str]:
    if plugin.notice:
        yield f"The plugin {name}: {plugin.notice}."
    given = service.custom.get(plugin.section)
    if plugin.read is None or not isinstance(given, dict):
        return
    for key, value in given.items():
        if key not in plugin.read and value not in (None, False, "", [], {}) and (key, value) not in _AS_HERE:
            why = plugin.without_effect.get(key)
            yield f"custom.{plugin.section}.{key} {f'has no effect: {why}' if why else 'has no effect here'}."


def _missing(service: Service, name: str) -> str:
    bare = _plain(_AFFIXES.sub("", name.rpartition("/")[2]))
    sections = [f"custom.{key}" for key in service.custom if _plain(_AFFIXES.sub("", key)) == bare]
    given = f"; {', '.join(sections)} is not read" if sections else ""
    return f"The plugin {name} is not run: {_MISSING.get(name, 'what it adds to the deployment is missing')}{given}."


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
