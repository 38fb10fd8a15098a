"""The protocols, and how a request tells which of its service's it speaks."""

from typing import TYPE_CHECKING

from serein.kernel.http import HttpRequest
from serein.wire.protocols.cbor import PATH, CborProtocol
from serein.wire.protocols.json import JsonProtocol
from serein.wire.protocols.protocol import WireProtocol
from serein.wire.protocols.query import Ec2Protocol, QueryProtocol
from serein.wire.protocols.query_json import QueryJsonProtocol, wants_json
from serein.wire.protocols.rest import RestJsonProtocol, RestXmlProtocol

if TYPE_CHECKING:
    from serein.wire.models import ServiceModel

__all__ = ["WireProtocol", "named", "protocol_of", "query_for"]

_JSON = {"1.0": JsonProtocol("1.0"), "1.1": JsonProtocol("1.1")}
_QUERY_JSON = QueryJsonProtocol()
_OTHERS: dict[str, WireProtocol] = {
    "query": QueryProtocol(),
    "ec2": Ec2Protocol(),
    "rest-json": RestJsonProtocol(),
    "rest-xml": RestXmlProtocol(),
    "smithy-rpc-v2-cbor": CborProtocol(),
}


def named(name: str, json_version: str = "1.0") -> WireProtocol:
    """A protocol by botocore's name of it."""
    return _JSON.get(json_version, _JSON["1.0"]) if name == "json" else _OTHERS[name]


def protocol_of(model: "ServiceModel", http: HttpRequest) -> WireProtocol:
    """The protocol, among those of the service, that a request is in; the service's own first when nothing tells."""
    protocols = model.protocols
    if len(protocols) == 1 and protocols[0] != "json":
        return query_for(http) if protocols[0] == "query" else _OTHERS[protocols[0]]
    headers = http.headers
    content_type = headers.get("content-type", "")
    if "json" in protocols and "x-amz-target" in headers:
        return _json_of(model, content_type)
    if "smithy-rpc-v2-cbor" in protocols and ("smithy-protocol" in headers or PATH.match(http.path)):
        return _OTHERS["smithy-rpc-v2-cbor"]
    if "query" in protocols and (
        content_type.startswith("application/x-www-form-urlencoded") or "Action=" in http.query
    ):
        return query_for(http)
    if "json" in protocols and (protocols[0] == "json" or "json" in content_type):
        return _json_of(model, content_type)
    return _OTHERS[protocols[0]]


def query_for(http: HttpRequest) -> WireProtocol:
    """Query, with answers as the client accepts them."""
    return _QUERY_JSON if wants_json(http) else _OTHERS["query"]


def _json_of(model: "ServiceModel", content_type: str) -> WireProtocol:
    if content_type.startswith("application/x-amz-json-1."):
        return _JSON.get(content_type[23:26], _JSON["1.0"])
    return _JSON.get(model.metadata.json_version, _JSON["1.0"])
