"""A page for each API: its operations as its OpenAPI document tells them, and a form to try each out.

`/_serein/apis` lists the APIs of an account and region; `/_serein/apis/{id}/{stage}` is one, and `…/openapi.json` its
document. Requests go to `/_serein/api/{id}/{stage}/…`, which is the API itself.
"""

import html
import json
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode

from serein.console.page import page
from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.kernel.http import HttpReply, HttpRequest
from serein.kernel.scope import DEFAULT_ACCOUNT, DEFAULT_REGION, Scope

PREFIX = "/_serein/apis"
_METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
_ANY = "x-amazon-apigateway-any-method"
_SENT_SOMEHOW = ("path", "query", "header")


async def answer(platform: Platform, http: HttpRequest) -> HttpReply | None:
    """The page that a path names; None when it is none of these."""
    if not (http.path == PREFIX or http.path.startswith(f"{PREFIX}/")):
        return None
    query = {name: values[-1] for name, values in parse_qs(http.query).items()}
    scope = Scope(query.get("account", DEFAULT_ACCOUNT), query.get("region", DEFAULT_REGION))
    parts = [unquote(part) for part in http.path.removeprefix(PREFIX).split("/") if part]
    if not parts:
        return page("APIs", await _list(platform, scope))
    document = await _document(platform, scope, *parts[:2]) if len(parts) in (2, 3) else None
    if document is None:
        return page("No such API", "<p>There is no such API or stage here.</p>", status=404)
    if parts[2:] == ["openapi.json"]:
        return HttpReply(200, [("content-type", "application/json")], json.dumps(document, indent=2).encode())
    return page(document["info"]["title"], _operations(document, parts[0], parts[1], scope))


async def _document(platform: Platform, scope: Scope, api_id: str, stage: str) -> dict[str, Any] | None:
    """The OpenAPI 3 document of what a stage serves, with this server as the only one; None when there is none."""
    rest = {"restApiId": api_id, "stageName": stage, "exportType": "oas30", "accepts": "application/json"}
    http = {"ApiId": api_id, "StageName": stage, "Specification": "OAS30", "OutputType": "JSON"}
    attempts = (("apigateway", "GetExport", rest), ("apigatewayv2", "ExportApi", http))
    for service, operation, request in attempts:
        try:
            reply = await platform.call(service, operation, request, scope=scope)
        except AwsError:
            continue
        document: dict[str, Any] = json.loads(reply["body"])
        document["servers"] = [{"url": f"/_serein/api/{quote(api_id)}/{quote(stage)}"}]
        return document
    return None


async def _list(platform: Platform, scope: Scope) -> str:
    where = urlencode({"account": scope.account, "region": scope.region})
    rows = []
    for api_id, name, kind, stages in await _found(platform, scope):
        links = [
            html.escape(stage)
            if kind == "WebSocket"
            else f'<a href="{PREFIX}/{quote(api_id)}/{quote(stage)}?{where}">{html.escape(stage)}</a>'
            for stage in stages
        ]
        cells = (html.escape(name), kind, html.escape(api_id), ", ".join(links) or "not deployed")
        rows.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    if not rows:
        return f"<p>There are no APIs in account {html.escape(scope.account)}, {html.escape(scope.region)}.</p>"
    head = "<tr><th>API<th>kind<th>id<th>stages</tr>"
    return f"<table>{head}{''.join(rows)}</table>"


async def _found(platform: Platform, scope: Scope) -> list[tuple[str, str, str, list[str]]]:
    """Id, name, kind and stages of each API."""
    found = []
    rest = await platform.call("apigateway", "GetRestApis", {"limit": 500}, scope=scope)
    for api in rest.get("items", []):
        stages = await platform.call("apigateway", "GetStages", {"restApiId": api["id"]}, scope=scope)
        found.append((api["id"], api["name"], "REST", [stage["stageName"] for stage in stages["item"]]))
    others = await platform.call("apigatewayv2", "GetApis", {"MaxResults": "500"}, scope=scope)
    for api in others["Items"]:
        stages = await platform.call("apigatewayv2", "GetStages", {"ApiId": api["ApiId"]}, scope=scope)
        kind = "HTTP" if api["ProtocolType"] == "HTTP" else "WebSocket"
        found.append((api["ApiId"], api["Name"], kind, [stage["StageName"] for stage in stages["Items"]]))
    return sorted(found, key=lambda api: api[1])


def _operations(document: dict[str, Any], api_id: str, stage: str, scope: Scope) -> str:
    where = urlencode({"account": scope.account, "region": scope.region})
    base = document["servers"][0]["url"]
    place = f"{PREFIX}/{quote(api_id)}/{quote(stage)}/openapi.json?{where}"
    intro = (
        f"<p>{html.escape(document['info'].get('description', ''))}</p>"
        f'<p><code>{html.escape(base)}</code> · <a href="{html.escape(place)}">openapi.json</a> · '
        f'<a href="{PREFIX}?{where}">all APIs</a></p>'
        '<p><label>Headers for every request, one a line <textarea id="headers" rows="2" '
        'placeholder="Authorization: Bearer …"></textarea></label></p>'
    )
    forms = [
        _form(document, base, path, method, item[method], item.get("parameters", []))
        for path, item in document.get("paths", {}).items()
        for method in (*_METHODS, _ANY)
        if method in item
    ]
    return intro + "".join(forms)


def _form(
    document: dict[str, Any], base: str, path: str, method: str, operation: dict[str, Any], common: list[Any]
) -> str:
    is_any = method == _ANY
    verb = "ANY" if is_any else method.upper()
    fields = []
    if is_any:
        options = "".join(f"<option>{each.upper()}</option>" for each in _METHODS)
        fields.append(f'<label>method <select name="method">{options}</select></label>')
    for parameter in (_followed(document, each) for each in [*common, *operation.get("parameters", [])]):
        if parameter.get("in") not in _SENT_SOMEHOW:
            continue
        name = html.escape(parameter["name"])
        required = " required" if parameter.get("required") else ""
        what = f"{parameter['in']}:{name}"
        fields.append(f'<label>{parameter["in"]} <b>{name}</b> <input name="{what}"{required}></label>')
    schema = _schema(document, operation)
    if method not in ("get", "head"):
        shown = f"<pre>{html.escape(json.dumps(schema, indent=2))}</pre>" if schema is not None else ""
        fields.append(f'<label>body <textarea name="body" rows="4"></textarea></label>{shown}')
    secured = " 🔒" if operation.get("security") else ""
    return (
        f"<details><summary><b>{verb}</b> <code>{html.escape(path)}</code>{secured}</summary>"
        f'<form data-base="{html.escape(base)}" data-path="{html.escape(path)}" data-method="{verb}">'
        f"{''.join(fields)}<button>Send</button></form><pre class=reply hidden></pre></details>"
    )


def _schema(document: dict[str, Any], operation: dict[str, Any]) -> Any:
    """The schema of a JSON body, or None."""
    body = _followed(document, operation.get("requestBody", {}))
    content = body.get("content", {}).get("application/json")
    return None if content is None else _followed(document, content.get("schema", {}))


def _followed(document: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """What a `$ref` within the document means."""
    reference = value.get("$ref", "")
    if not reference.startswith("#/"):
        return value
    found: Any = document
    for name in reference[2:].split("/"):
        found = found.get(name, {}) if isinstance(found, dict) else {}
    return found if isinstance(found, dict) else {}
