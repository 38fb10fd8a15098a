"""REST endpoints of products: what a stage of a REST API serves and documents, and what a page makes of it.

A page keeps what was asked for only. What it shows of the API is looked up whenever it is asked for, in what the stage
exports: a stage, a method and its documentation come and go with deployments.
"""

import json
from dataclasses import dataclass
from typing import Any

from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.scope import Scope
from serein.services.apigatewayv2.apis import api_endpoint
from serein.services.apigatewayv2.errors import BadRequestException, NotFoundException
from serein.services.apigatewayv2.portals.settings import require_one

Settings = dict[str, Any]
_ANY = "x-amazon-apigateway-any-method"
_DOCUMENTATION = "x-amazon-apigateway-documentation"
_RAW = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What a stage has for a path and a method: its own texts (empty when it has none), and its OpenAPI document."""

    operation_name: str
    body: str
    document: Settings


def parts_of(given: Settings) -> Settings:
    """What a `RestEndpointIdentifier` names. Raises BadRequestException."""
    require_one(given, "restEndpointIdentifier")
    parts: Settings = given["IdentifierParts"]
    if not parts["Path"].startswith("/"):
        raise BadRequestException("The path of a REST endpoint must start with /")
    return {**parts, "Method": parts["Method"].upper()}


def overrides_of(request: Settings) -> Settings:
    """The texts that a request has in place of the API's own. Raises BadRequestException."""
    given = request.get("DisplayContent", {"None": {}})
    require_one(given, "displayContent")
    overrides: Settings = given.get("Overrides", {})
    return overrides


def is_raw_wanted(request: Settings) -> bool:
    text = request.get("IncludeRawDisplayContent", "false").lower()
    if text not in _RAW:
        raise BadRequestException("includeRawDisplayContent must be true or false")
    return _RAW[text]


class Stages:
    """What stages of an account's REST APIs export, each asked for once."""

    def __init__(self, call: Call, scope: Scope) -> None:
        self._call, self._scope = call, scope
        self._documents: dict[tuple[str, str], Settings] = {}

    async def require_endpoint(self, parts: Settings) -> Endpoint:
        """Raises NotFoundException when no stage serves such a method."""
        document = await self._document(parts["RestApiId"], parts["Stage"])
        item = document["paths"].get(parts["Path"])
        if item is None:
            raise NotFoundException(f"Invalid Resource identifier specified: {parts['Path']}")
        verb = _ANY if parts["Method"] == "ANY" else parts["Method"].lower()
        if verb not in item:
            raise NotFoundException(f"Invalid Method identifier specified: {parts['Method']} {parts['Path']}")
        shown = {name: value for name, value in document.items() if name != _DOCUMENTATION}
        shown["paths"] = {parts["Path"]: {verb: item[verb]}}
        return Endpoint(item[verb].get("operationId", ""), _documented(document, parts), shown)

    async def _document(self, api_id: str, stage: str) -> Settings:
        found = self._documents.get((api_id, stage))
        if found is None:
            request = {
                "restApiId": api_id,
                "stageName": stage,
                "exportType": "oas30",
                "accepts": "application/json",
                "parameters": {"extensions": "documentation"},
            }
            try:
                reply = await self._call.to("apigateway", "GetExport", request, scope=self._scope)
            except AwsError as error:
                raise NotFoundException(error.message) from error
            found = self._documents[api_id, stage] = json.loads(reply["body"])
        return found


def _documented(document: Settings, parts: Settings) -> str:
    """The documentation of a method, the most specific there is; empty when it has none."""
    found = {}
    for part in document.get(_DOCUMENTATION, {}).get("documentationParts", []):
        location = part["location"]
        if location["type"] == "METHOD" and location.get("path", "/") == parts["Path"]:
            found[location.get("method", "*").upper()] = part["properties"]
    properties = found.get(parts["Method"]) or found.get("*") or {}
    texts = [properties.get(name) for name in ("summary", "description")] if isinstance(properties, dict) else []
    return "\n\n".join(text for text in texts if isinstance(text, str) and text)


async def shown_page(page: Settings, stages: Stages, endpoint: str, *, is_raw: bool = False) -> Settings:
    """A page as AWS's replies show it; `endpoint` is the platform's own.

    Its status is FAILED when the stage doesn't have the method any more.
    """
    parts = page["Parts"]
    shown = {name: page[name] for name in ("LastModified", "ProductRestEndpointPageArn", "ProductRestEndpointPageId")}
    content = {"Endpoint": f"{api_endpoint(parts['RestApiId'], endpoint)}/{parts['Stage']}"}
    try:
        found = await stages.require_endpoint(parts)
    except NotFoundException as error:
        shown |= {"Status": "FAILED", "StatusException": {"Exception": error.code, "Message": error.message}}
    else:
        own = {"OperationName": found.operation_name, "Body": found.body}
        content |= {name: text for name, text in own.items() if text}
        shown["Status"] = "AVAILABLE"
        if is_raw:
            shown["RawDisplayContent"] = json.dumps(found.document)
    return {
        **shown,
        "DisplayContent": content | page["Overrides"],
        "RestEndpointIdentifier": {"IdentifierParts": parts},
        "TryItState": page["TryItState"],
    }


def summary_of(shown: Settings) -> Settings:
    """A shown page as lists have it."""
    content = shown["DisplayContent"]
    summary = {name: value for name, value in shown.items() if name != "DisplayContent"}
    return summary | {name: content[name] for name in ("Endpoint", "OperationName") if name in content}
