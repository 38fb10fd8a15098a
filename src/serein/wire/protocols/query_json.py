"""AWS Query with answers in JSON, for who accepts that: every service that speaks Query has them.

AWS: no page of a service's API tells of it, but API Gateway's integrations show the form, and tools that send signed
requests of STS (`Accept: application/json`) rely on it.
"""

from typing import TYPE_CHECKING, Any

from serein.kernel.errors import AwsError
from serein.kernel.http import HttpReply, HttpRequest
from serein.kernel.operation import Reply
from serein.wire.protocols.documents import encode, writer_of
from serein.wire.protocols.protocol import code_of, find_error_shape
from serein.wire.protocols.query import QueryProtocol
from serein.wire.shapes import Shape

if TYPE_CHECKING:
    from serein.wire.models import OperationModel, ServiceModel

_LOWER_CASE = {("sqs", "ReceiveMessage"): "Messages"}
"""Members that AWS's JSON answers to Query requests spell in lower case."""


def wants_json(http: HttpRequest) -> bool:
    return "json" in http.headers.get("accept", "")


class QueryJsonProtocol(QueryProtocol):
    """Query requests, JSON answers: with null for what is absent."""

    def reply(self, operation: "OperationModel", reply: Reply, request_id: str) -> HttpReply:
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

    def error(
        self, service: "ServiceModel", operation: "OperationModel | None", error: AwsError, request_id: str
    ) -> HttpReply:
        code = code_of(find_error_shape(service, operation, error), error)
        fault = "Sender" if error.is_sender_fault else "Receiver"
        message = error.query_message or error.message
        document = {"Error": {"Code": code, "Message": message, "Type": fault}, "RequestId": request_id}
        return _json_http(error.status, document, request_id)


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


def _json_http(status: int, document: dict[str, Any], request_id: str) -> HttpReply:
    headers = [("x-amzn-requestid", request_id), ("content-type", "application/json")]
    return HttpReply(status, headers, encode(document))
