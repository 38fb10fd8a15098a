"""Plugins that work on the configuration before anything is made of it."""

from collections.abc import Callable, Mapping
from typing import Any

from serein.deploy.serverless.plugins import lift, python_requirements, wsgi
from serein.deploy.serverless.service import Service, read_service

Expansion = Callable[[Service], Mapping[str, Any]]


def expanded(service: Service) -> Service:
    """The service with what its plugins add and change. Raises TemplateInvalid."""
    for name, expand in _EXPANSIONS:
        if name in service.plugins:
            service = read_service(expand(service), service.stage, service.folder, service.variables)
    return service


def _with_binary_types(service: Service) -> Mapping[str, Any]:
    """serverless-apigw-binary: media types that a REST API takes as binary."""
    types = (service.custom.get("apigwBinary") or {}).get("types")
    return _with_provider(service, apiGateway={"binaryMediaTypes": types}) if types else service.document


def _with_retention(service: Service) -> Mapping[str, Any]:
    """serverless-plugin-log-retention: the days that the logs of functions are kept."""
    days = service.custom.get("logRetentionInDays")
    if not days:
        return service.document
    functions = {each.key: {"logRetentionInDays": days, **each.settings} for each in service.functions}
    return {**service.document, "functions": functions}


def _with_tracing(service: Service) -> Mapping[str, Any]:
    """serverless-plugin-tracing: `provider.tracing` is for functions, which say `false` for themselves."""
    wanted = service.provider.get("tracing")
    if isinstance(wanted, dict):
        return service.document
    return {**service.document, "provider": {**service.provider, "tracing": {"lambda": bool(wanted)}}}


def _with_tags(service: Service) -> Mapping[str, Any]:
    """serverless-plugin-resource-tagging: tags of the stack for all that has tags."""
    tags = {**(service.provider.get("stackTags") or {}), **(service.provider.get("tags") or {})}
    return _with_provider(service, tags=tags) if tags else service.document


def _with_provider(service: Service, **settings: Any) -> dict[str, Any]:
    """The configuration with these settings where the provider hasn't its own."""
    provider: dict[str, Any] = dict(service.provider)
    for key, value in settings.items():
        own = provider.get(key)
        provider[key] = {**value, **(own or {})} if isinstance(value, dict) else value if own is None else own
    return {**service.document, "provider": provider}


_EXPANSIONS: tuple[tuple[str, Expansion], ...] = (
    (lift.PLUGIN, lift.with_workers),
    (python_requirements.PLUGIN, python_requirements.with_layer),
    (wsgi.PLUGIN, wsgi.with_new_handler),
    ("serverless-apigw-binary", _with_binary_types),
    ("serverless-plugin-log-retention", _with_retention),
    ("serverless-plugin-tracing", _with_tracing),
    ("serverless-plugin-resource-tagging", _with_tags),
)
