"""Layers that everybody on AWS can use, by name: the packages that are in them, or that they are agents.

Serein has none of AWS's copies, so packages are installed by their package manager when a function first needs them:
the newest of the major version that the layer is for, because layer versions don't tell the package's. Agents have
nobody to report to here; functions run without them, and so do wrapper scripts that agents bring.
"""

import re
from functools import lru_cache

from serein.kernel.runner import PARAMETERS_AND_SECRETS, PackagedLayer
from serein.services.lambda_.configuration import Configuration

_POWERTOOLS_TYPESCRIPT = (
    *("batch", "commons", "idempotency", "jmespath", "logger", "metrics", "parameters", "parser", "tracer"),
    "validation",
)
_LATER_POWERTOOLS_TYPESCRIPT = ("event-handler", "kafka")
_PYTHON = (
    (r"AWSLambdaPowertoolsPythonV3-.*", "aws-lambda-powertools[all]>=3,<4"),
    (r"AWSLambdaPowertoolsPythonV2(-.*)?", "aws-lambda-powertools[all]>=2,<3"),
    (r"AWSLambdaPowertoolsPython(Extras)?(-.*)?|aws-lambda-powertools-python-layer.*", "aws-lambda-powertools>=1,<2"),
    (r"AWSSDKPandas-Python3\d+(-Arm64)?|AWSDataWrangler-Python3\d+(-Arm64)?", "awswrangler"),
    (r"Datadog-Python3\d+(-ARM)?", "datadog-lambda"),
    (r"aws-durable-execution-sdk-python.*", "aws-durable-execution-sdk-python"),
)
_AGENTS = (
    (r"LambdaInsightsExtension(-Arm64)?", ()),
    (r"Datadog-Extension(-ARM)?(-FIPS)?", ("datadog_wrapper",)),
    (r"NewRelic.*", ("newrelic_lambda_wrapper",)),
    (r"Dynatrace_OneAgent.*", ("dynatrace",)),
    (r"(aws-otel|AWSOpenTelemetryDistro|opentelemetry-).*", ("otel-handler", "otel-instrument", "otel-proxy-handler")),
    (r"(elastic-apm-|Sentry|lumigo-|epsagon-|thundra-).*", ()),
    (r"AWS-AppConfig-Extension.*", ()),
    (r"CodeGuru_Profiler.*", ("codeguru_profiler_lambda_exec",)),
)
_PARAMETERS_AND_SECRETS = r"AWS-Parameters-and-Secrets-Lambda-Extension(-Arm64)?"
_WEB_ADAPTER = r"LambdaAdapterLayer(X86|Arm64)?(-.*)?"


@lru_cache(maxsize=256)
def find_public_layer(name: str) -> PackagedLayer | None:
    """What stands for the public layer of this name; None when it isn't known to be one."""
    if (packages := _python_packages(name)) is not None:
        return PackagedLayer(name, "pip", packages)
    if (packages := _node_packages(name)) is not None:
        return PackagedLayer(name, "npm", packages)
    if re.fullmatch(_WEB_ADAPTER, name):
        return PackagedLayer(name, "web-adapter", ())
    if re.fullmatch(_PARAMETERS_AND_SECRETS, name):
        return PackagedLayer(name, PARAMETERS_AND_SECRETS, ())
    for pattern, wrappers in _AGENTS:
        if re.fullmatch(pattern, name):
            return PackagedLayer(name, "", wrappers)
    return None


def _python_packages(name: str) -> tuple[str, ...] | None:
    for pattern, package in _PYTHON:
        if re.fullmatch(pattern, name):
            return (package,)
    # Layers of one package each, which a project on GitHub keeps for many (Klayers).
    named = re.fullmatch(r"Klayers-(?:p|python)3[.\w]*?-([A-Za-z][\w.-]*)", name)
    return (named[1],) if named else None


def _node_packages(name: str) -> tuple[str, ...] | None:
    if name == "AWSLambdaPowertoolsTypeScriptV2":
        later = (*_POWERTOOLS_TYPESCRIPT, *_LATER_POWERTOOLS_TYPESCRIPT)
        return (*(f"@aws-lambda-powertools/{each}@^2" for each in later), "aws-xray-sdk-core@^3", "zod@^4")
    if name == "AWSLambdaPowertoolsTypeScript":
        first = [each for each in _POWERTOOLS_TYPESCRIPT if each not in ("jmespath", "parser", "validation")]
        return (*(f"@aws-lambda-powertools/{each}@^1" for each in first), "aws-xray-sdk-core@^3")
    if re.fullmatch(r"Datadog-Node\d+-x", name):
        return ("datadog-lambda-js", "dd-trace")
    return ("sharp",) if re.fullmatch(r"sharp(-.*)?", name) else None


def packaged_layers(configuration: Configuration) -> tuple[tuple[int, PackagedLayer], ...]:
    """The public layers of a function's record, each with where it is among all of them."""
    found = []
    for index, (layer, sha256) in enumerate(
        zip(configuration.get("Layers", ()), configuration.get("_layers", ()), strict=False)
    ):
        public = None if sha256 else find_public_layer(layer["Arn"].split(":")[6])
        if public is not None:
            found.append((index, public))
    return tuple(found)
