"""What a deployment made, for people: API addresses with their routes, functions, queues, tables, outputs, notices."""

import re
from collections.abc import Mapping
from types import ModuleType
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from serein.cli.apis import http, rest
from serein.cli.apis.shown import ShownApi
from serein.deploy import Deployed, Target

_API_KINDS: dict[str, ModuleType] = {"AWS::ApiGateway::RestApi": rest, "AWS::ApiGatewayV2::Api": http}
_AWS_URL = re.compile(
    r"(?P<scheme>https|wss)://(?P<id>[a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?P<path>/.*)?"
)
_SHOWN = {
    "AWS::Lambda::Function": "Function",
    "AWS::DynamoDB::Table": "Table",
    "AWS::SQS::Queue": "Queue",
    "AWS::SNS::Topic": "Topic",
    "AWS::S3::Bucket": "Bucket",
    "AWS::Events::EventBus": "Event bus",
    "AWS::StepFunctions::StateMachine": "State machine",
}
_WIDTH = 14


def summary_lines(deployed: Deployed, target: Target) -> list[str]:
    """The lines that tell what a stack holds."""
    lines: list[str] = []
    for logical_id, kind in deployed.types.items():
        if kind in _API_KINDS:
            lines += _api_lines(target, kind, logical_id, deployed.resources[logical_id])
    for kind, label in _SHOWN.items():
        for logical_id, found in sorted(deployed.types.items()):
            if found == kind:
                lines.append(_line(label, f"{logical_id}  {deployed.resources[logical_id]}"))
    for name, value in sorted(deployed.outputs.items()):
        lines += _output_lines(target, name, value)
    for warning in deployed.warnings:
        lines.append(_line("Notice", warning))
    return lines


def _line(label: str, text: str) -> str:
    return f"  {label:<{_WIDTH}}{text}"


def _api_lines(target: Target, kind: str, logical_id: str, api_id: str) -> list[str]:
    api = _find_api(target, kind, api_id)
    if api is None:
        return [_line("API", f"{logical_id}  {api_id}")]
    lines = [_line(f"{api.kind} API", f"{logical_id}  {url}") for url in api.urls]
    if api.kind != "WebSocket":
        # For what can't resolve *.localhost names (browsers and curl can).
        paths = [f"{target.endpoint}/_serein/api/{api_id}/{stage}" for stage in api.stages]
        lines += [_line("", f"or by path  {path}") for path in paths]
    width = max((len(route.method) for route in api.routes), default=0)
    for route in sorted(api.routes, key=lambda route: (route.path, route.method)):
        lines.append(_line("", f"{route.method:<{width}}  {route.path}  → {route.backend}".strip()))
    return lines


def _output_lines(target: Target, name: str, value: str) -> list[str]:
    """An output; where it is the URL that an API has on AWS, the one that it has here too."""
    lines = [_line("Output", f"{name} = {value}")]
    here = local_url(value, target.endpoint)
    if here != value:
        lines.append(_line("", f"here  {here}"))
    return lines


def local_url(value: str, endpoint: str) -> str:
    """The URL of an API on AWS as it is here; anything else as it stands."""
    found = _AWS_URL.fullmatch(value)
    if found is None:
        return value
    here = urlsplit(endpoint)
    scheme = here.scheme.replace("http", "ws") if found["scheme"] == "wss" else here.scheme
    host = f"{found['id']}.execute-api.localhost{f':{here.port}' if here.port else ''}"
    return f"{scheme}://{host}{found['path'] or ''}"


def local_outputs(outputs: Mapping[str, str], endpoint: str) -> dict[str, str]:
    """A stack's outputs, URLs of APIs as they are here."""
    return {name: local_url(value, endpoint) for name, value in outputs.items()}


def urls_of(deployed: Deployed, target: Target) -> dict[str, list[str]]:
    """The URLs of a stack's APIs, by their logical ids."""
    found = {}
    for logical_id, kind in deployed.types.items():
        if kind in _API_KINDS:
            api = _find_api(target, kind, deployed.resources[logical_id])
            found[logical_id] = list(api.urls) if api is not None else []
    return found


def _find_api(target: Target, kind: str, api_id: str) -> ShownApi | None:
    try:
        api: ShownApi = _API_KINDS[kind].require_api(target.session, target.endpoint, api_id)
    except ClientError:
        # It was deleted behind its stack's back.
        return None
    return api
