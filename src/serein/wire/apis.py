"""AWS's APIs for those inside the platform who need a service's own bytes: API Gateway's service integrations.

A request comes as it would over HTTP, without a signature: whose it is, is known. It is parsed, answered and refused
by the protocols that serve SDKs, so mapping templates read exactly what the service writes.
"""

from typing import Any

from serein.kernel.call import Platform
from serein.kernel.errors import AwsError, UnknownOperation
from serein.kernel.http import HttpReply, HttpRequest
from serein.kernel.ids import new_request_id
from serein.kernel.operation import Reply, folder_of
from serein.kernel.scope import DEFAULT_REGION, Caller, Scope
from serein.wire.index import Index
from serein.wire.models import Models, OperationModel, ServiceModel
from serein.wire.protocols import WireProtocol, named, protocol_of
from serein.wire.protocols.documents import encode, writer_of
from serein.wire.protocols.protocol import code_of, find_error_shape
from serein.wire.protocols.query import find_action
from serein.wire.routing import FORM
from serein.wire.shapes import Shape

_LOWER_CASE = {("sqs", "ReceiveMessage"): "Messages"}
"""Members that AWS's JSON answers to Query requests spell in lower case."""


class ServiceApis:
    """The Apis port."""

    def __init__(self, platform: Platform, index: Index, models: Models) -> None:
        self._platform = platform
        self._index = index
        self._models = models

    async def answer(
        self, http: HttpRequest, service: str, action: str, scope: Scope, caller: Caller, trace_id: str = ""
    ) -> HttpReply:
        """The service's answer, errors too.

        `service` is named as in its host name; `action` is an operation's name, empty when the request tells itself.
        Raises UnknownOperation for a service that is not known.
        """
        model = self._require_service(service)
        body = await http.body.read()
        operation, labels = _identify(model, http, action, body)
        protocol = _protocol_of(model, http, action)
        request_id = new_request_id()
        is_json = protocol.name == "query" and _wants_json(http)
        try:
            if operation is None:
                raise UnknownOperation
            reply = await self._dispatch(http, operation, protocol, body, labels, (scope, caller), trace_id)
        except AwsError as error:
            if is_json:
                return _json_error(model, operation, error, request_id)
            return protocol.error(model, operation, error, request_id)
        return _json_reply(operation, reply, request_id) if is_json else protocol.reply(operation, reply, request_id)

    async def _dispatch(
        self,
        http: HttpRequest,
        operation: OperationModel,
        protocol: WireProtocol,
        body: bytes,
        labels: dict[str, str],
        owner: tuple[Scope, Caller],
        trace_id: str,
    ) -> Reply:
        service = operation.service.name
        scope, caller = owner
        found = self._platform.require_operation(service, operation.name)
        if operation.streams_input:
            http.body = type(http.body).of(body)
        request = protocol.parse(operation, http, b"" if operation.streams_input else body, labels)
        known = self._platform.catalog.find_service(service)
        if known is not None and known.is_global:
            scope = Scope(scope.account, DEFAULT_REGION)
        return await self._platform.dispatch(found, request, scope, caller, trace_id)

    def _require_service(self, name: str) -> ServiceModel:
        names = self._index.by_endpoint_prefix(name) or self._index.by_signing_name(name)
        here = sorted(names, key=lambda each: (folder_of(each) not in self._platform.catalog.folders, each != name))
        model = self._models.find_service(here[0]) if here else None
        if model is None:
            raise UnknownOperation(f"{name} is no service that is known")
        return model


def _identify(
    model: ServiceModel, http: HttpRequest, action: str, body: bytes
) -> tuple[OperationModel | None, dict[str, str]]:
    target = http.headers.get("x-amz-target", "")
    if not action and target:
        action = target.rpartition(".")[2]
    if not action and "query" in model.protocols:
        is_form = http.headers.get("content-type", "").startswith(FORM)
        found = find_action(http.query) or (find_action(body.decode("utf-8", "replace")) if is_form else None)
        action = found[0] if found else ""
    if action:
        return model.operations.get(action), {}
    return model.find_rest_operation(http.method, http.path, http.query, http.headers) or (None, {})


def _protocol_of(model: ServiceModel, http: HttpRequest, action: str) -> WireProtocol:
    """AWS: a service that speaks Query and JSON gets what the content type says, and Query by default."""
    if not action or "json" not in model.protocols:
        return protocol_of(model, http)
    if "query" in model.protocols and "json-1." not in http.headers.get("content-type", ""):
        return named("query")
    return named("json", model.metadata.json_version)


def _wants_json(http: HttpRequest) -> bool:
    return "json" in http.headers.get("accept", "")


def _json_reply(operation: OperationModel, reply: Reply, request_id: str) -> HttpReply:
    """A Query answer as JSON. AWS: that is what services give who accept JSON, with null for what is absent."""
    document: dict[str, Any] = {}
    shape = operation.output
    if shape is not None:
        result = _with_nulls(shape, reply)
        renamed = _LOWER_CASE.get((operation.service.name, operation.name))
        if renamed is not None:
            result[renamed.lower()] = result.pop(renamed)
        document[operation.result_wrapper or f"{operation.name}Result"] = result
    document["ResponseMetadata"] = {"RequestId": request_id}
    return _json_http(operation.status, {f"{operation.name}Response": document}, request_id)


def _with_nulls(shape: Shape, value: Any) -> Any:
    if value is None:
        return None
    if shape.kind == "structure":
        return {name: _with_nulls(member.target, value.get(name)) for name, member in shape.members.items()}
    if shape.kind == "list" and shape.member is not None:
        return [_with_nulls(shape.member.target, each) for each in value]
    if shape.kind == "map" and shape.value is not None:
        return {name: _with_nulls(shape.value.target, each) for name, each in value.items()}
    writer = writer_of(shape)
    return value if writer is None else writer(value)


def _json_error(model: ServiceModel, operation: OperationModel | None, error: AwsError, request_id: str) -> HttpReply:
    code = code_of(find_error_shape(model, operation, error), error)
    fault = "Sender" if error.is_sender_fault else "Receiver"
    message = error.query_message or error.message
    document = {"Error": {"Code": code, "Message": message, "Type": fault}, "RequestId": request_id}
    return _json_http(error.status, document, request_id)


def _json_http(status: int, document: dict[str, Any], request_id: str) -> HttpReply:
    headers = [("x-amzn-requestid", request_id), ("content-type", "application/json")]
    return HttpReply(status, headers, encode(document))
