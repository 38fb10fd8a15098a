"""The REST protocols: members are spread over the path, the query, headers and a body in JSON or XML."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from serein.kernel.errors import AwsError
from serein.kernel.http import ByteStream, Headers, HttpReply, HttpRequest
from serein.kernel.operation import Reply, Request
from serein.wire.errors import MalformedXML, SerializationException
from serein.wire.eventstream import event_reply
from serein.wire.protocols.bindings import BadParameter, Bindings
from serein.wire.protocols.json import document_of, error_document, parse_document
from serein.wire.protocols.protocol import code_of, find_error_shape, plain_body
from serein.wire.protocols.query import message_element, write_fields, xml_reply
from serein.wire.protocols.xml_values import REST_XML, reader_of
from serein.wire.shapes import Member, Shape, namespace_of
from serein.wire.typed import Parsed
from serein.wire.xml import Node, XmlError, escape, escape_attribute, parse_xml

if TYPE_CHECKING:
    from serein.wire.models import OperationModel, ServiceModel


class RestProtocol:
    """What REST-JSON and REST-XML share; they differ in documents and errors."""

    name = ""
    _document_type = ""

    def parse(self, operation: "OperationModel", http: HttpRequest, body: bytes, labels: dict[str, str]) -> Request:
        if operation.input is None:
            return {}
        bindings = _bindings(operation.input)
        request = bindings.parse_parameters(labels, http.query, http.headers)
        if operation.streams_input:
            request[bindings.payload_name] = http.body
            _name_trailing_checksum(operation, http, request)
        elif bindings.payload is not None:
            body = plain_body(operation, http, body)
            if body:
                request[bindings.payload_name] = self._parse_payload(operation, bindings.payload, http, body)
        elif bindings.body is not None and body:
            request |= self._parse_body(operation, bindings.body, plain_body(operation, http, body))
        return Parsed(request)

    def _parse_payload(self, operation: "OperationModel", payload: Member, http: HttpRequest, body: bytes) -> Any:
        kind = payload.target.kind
        if payload.target.eventstream:
            return ByteStream.of(body)
        if kind == "blob":
            return body
        if kind in {"string", "character"}:
            try:
                return body.decode()
            except UnicodeDecodeError:
                raise SerializationException("The body is not UTF-8") from None
        return self._parse_document(payload, body)

    def _parse_body(self, operation: "OperationModel", shape: Shape, body: bytes) -> Request:
        raise NotImplementedError

    def _parse_document(self, payload: Member, body: bytes) -> Any:
        raise NotImplementedError

    def _write_body(self, operation: "OperationModel", shape: Shape, reply: Reply) -> bytes:
        raise NotImplementedError

    def _write_document(self, operation: "OperationModel", payload: Member, value: Any) -> bytes:
        raise NotImplementedError

    def _event_document(self, shape: Shape, value: Any) -> bytes:
        raise NotImplementedError

    def _request_id(self, service: "ServiceModel", request_id: str) -> Headers:
        return [("x-amzn-requestid", request_id)]

    def reply(self, operation: "OperationModel", reply: Reply, request_id: str) -> HttpReply:
        shape = operation.output
        headers = self._request_id(operation.service, request_id)
        if shape is None:
            return HttpReply(operation.status, headers, self._empty_body(operation))
        bindings = _reply_bindings(shape)
        headers += bindings.write_headers(reply)
        status = int(reply.get(bindings.status) or operation.status) if bindings.status else operation.status
        if status == 200 and any(name == "content-range" for name, _ in headers):
            # Why here: HTTP has the status follow from the header (RFC 9110, 15.3.7), and no model has a member for it.
            status = 206
        if operation.event_stream_output is not None:
            http = event_reply(operation, reply, request_id, self._document_type, self._event_document, is_rpc=False)
            return HttpReply(status, [*http.headers[:1], *headers], http.body)
        content_type, body = self._body(operation, bindings, reply)
        if content_type and not any(name == "content-type" for name, _ in headers):
            headers.append(("content-type", content_type))
        return HttpReply(status, headers, body)

    def _empty_body(self, operation: "OperationModel") -> bytes:
        return b""

    def _body(
        self, operation: "OperationModel", bindings: Bindings, reply: Reply
    ) -> tuple[str, bytes | AsyncIterator[bytes] | Any]:
        """The content type and the body of a reply."""
        payload = bindings.payload
        if payload is not None:
            value = reply.get(bindings.payload_name)
            if value is None:
                return "", b""
            if payload.target.kind == "blob":
                return "application/octet-stream", value
            if payload.target.kind in {"string", "character"}:
                return "text/plain", str(value).encode(errors="replace")
            return self._document_type, self._write_document(operation, payload, value)
        if bindings.body is not None:
            return self._document_type, self._write_body(operation, bindings.body, reply)
        return "", self._empty_body(operation)

    def error(
        self, service: "ServiceModel", operation: "OperationModel | None", error: AwsError, request_id: str
    ) -> HttpReply:
        raise NotImplementedError


def _name_trailing_checksum(operation: "OperationModel", http: HttpRequest, request: Request) -> None:
    """Say which checksum follows the body where the client says so only in `x-amz-trailer`."""
    member = operation.checksums.request_algorithm_member
    trailer = http.headers.get("x-amz-trailer", "").strip().lower()
    if member and member not in request and trailer.startswith("x-amz-checksum-"):
        request[member] = trailer.removeprefix("x-amz-checksum-").upper()


def _bindings(shape: Shape) -> Bindings:
    found: Bindings = shape.once("bindings", Bindings)
    return found


def _reply_bindings(shape: Shape) -> Bindings:
    found: Bindings = shape.once("reply bindings", lambda output: Bindings(output, is_output=True))
    return found


class RestJsonProtocol(RestProtocol):
    """REST-JSON."""

    name = "rest-json"
    _document_type = "application/json"

    def _parse_body(self, operation: "OperationModel", shape: Shape, body: bytes) -> Request:
        return parse_document(shape, body)  # type: ignore[no-any-return]

    def _parse_document(self, payload: Member, body: bytes) -> Any:
        return parse_document(payload.target, body)

    def _write_body(self, operation: "OperationModel", shape: Shape, reply: Reply) -> bytes:
        return document_of(shape, {name: reply[name] for name in shape.members if reply.get(name) is not None})

    def _write_document(self, operation: "OperationModel", payload: Member, value: Any) -> bytes:
        return document_of(payload.target, value)

    def _event_document(self, shape: Shape, value: Any) -> bytes:
        return document_of(shape, value)

    def _empty_body(self, operation: "OperationModel") -> bytes:
        has_no_body = operation.status in {202, 204, 304} or operation.output is None
        return b"" if has_no_body else b"{}"

    def error(
        self, service: "ServiceModel", operation: "OperationModel | None", error: AwsError, request_id: str
    ) -> HttpReply:
        shape = find_error_shape(service, operation, error)
        name = error.code if shape is None else shape.name
        headers = [
            ("x-amzn-requestid", request_id),
            ("x-amzn-errortype", name),
            ("content-type", self._document_type),
        ]
        if shape is None:
            return HttpReply(error.status, headers, error_document("", None, error))
        bindings = _reply_bindings(shape)
        headers += bindings.write_headers(error.fields)
        in_body = set(bindings.body.members) if bindings.body is not None else set()
        fields = {key: value for key, value in error.fields.items() if key in in_body}
        body = error_document("", bindings.body or shape, type(error)(error.message, **fields))
        return HttpReply(error.status, headers, body)


class InvalidArgument(AwsError):
    """What REST-XML services, S3 above all, call a parameter that cannot be read."""

    def __init__(self, error: BadParameter) -> None:
        is_number = error.kind in {"integer", "long"}
        message = f"Provided {error.name} not an integer or within integer range" if is_number else error.message
        super().__init__(message, ArgumentName=error.name, ArgumentValue=error.text[:1024])


class RestXmlProtocol(RestProtocol):
    """REST-XML."""

    name = "rest-xml"
    _document_type = "application/xml"

    def parse(self, operation: "OperationModel", http: HttpRequest, body: bytes, labels: dict[str, str]) -> Request:
        try:
            return super().parse(operation, http, body, labels)
        except BadParameter as error:
            raise InvalidArgument(error) from None

    def _parse_body(self, operation: "OperationModel", shape: Shape, body: bytes) -> Request:
        root = _root(body)
        return _read(shape, root)  # type: ignore[no-any-return]

    def _parse_document(self, payload: Member, body: bytes) -> Any:
        root = _root(body)
        expected = payload.location_name or payload.target.location_name or payload.target.name
        if root.tag not in {expected, payload.target.location_name, payload.target.name}:
            raise MalformedXML
        return _read(payload.target, root)

    def _write_body(self, operation: "OperationModel", shape: Shape, reply: Reply) -> bytes:
        service = operation.service
        root = shape.location_name or shape.name
        uri = service.xml_namespace or namespace_of(shape.xml_namespace)[1]
        if operation.name in service.unwrapped:
            value = next((reply[name] for name in shape.members if reply.get(name) is not None), "")
            return _document(f"<{root}>{escape(str(value))}</{root}>", root, uri)
        out: list[str] = []
        REST_XML.writer_of(shape)(reply, root, out)
        return _document("".join(out), root, uri)

    def _write_document(self, operation: "OperationModel", payload: Member, value: Any) -> bytes:
        root = payload.location_name or payload.target.location_name or payload.target.name
        prefix, uri = namespace_of(payload.xml_namespace or payload.target.xml_namespace)
        out: list[str] = []
        REST_XML.writer_of(payload.target)(value, root, out)
        return _document("".join(out), root, uri or operation.service.xml_namespace, prefix)

    def _event_document(self, shape: Shape, value: Any) -> bytes:
        out: list[str] = []
        REST_XML.writer_of(shape)(value, shape.location_name or shape.name, out)
        return "".join(out).encode(errors="replace")

    def _request_id(self, service: "ServiceModel", request_id: str) -> Headers:
        if not service.has_bare_errors:
            return [("x-amzn-requestid", request_id)]
        return [("x-amz-request-id", short_request_id(request_id)), ("x-amz-id-2", host_id(request_id))]

    def error(
        self, service: "ServiceModel", operation: "OperationModel | None", error: AwsError, request_id: str
    ) -> HttpReply:
        shape = find_error_shape(service, operation, error)
        fault = "Sender" if error.is_sender_fault else "Receiver"
        inner = [f"<Code>{escape(code_of(shape, error))}</Code>{message_element(error)}"]
        write_fields(REST_XML, shape, error, inner)
        headers = [] if shape is None else _reply_bindings(shape).write_headers(error.fields)
        if service.has_bare_errors:
            shown, host = short_request_id(request_id), host_id(request_id)
            text = f"<Error>{''.join(inner)}<RequestId>{shown}</RequestId><HostId>{host}</HostId></Error>"
            headers += [*self._request_id(service, request_id), ("content-type", "application/xml")]
            if operation is not None and operation.method == "HEAD":
                return HttpReply(error.status, headers)
            return HttpReply(error.status, headers, _document(text, "Error", ""))
        uri = f' xmlns="{escape_attribute(service.xml_namespace)}"' if service.xml_namespace else ""
        wrapped = f"<Error><Type>{fault}</Type>{''.join(inner)}</Error><RequestId>{request_id}</RequestId>"
        text = f"<ErrorResponse{uri}>{wrapped}</ErrorResponse>"
        http = xml_reply(error.status, text, request_id, self._document_type)
        http.headers += headers
        return http


def short_request_id(request_id: str) -> str:
    """A request id in S3's form: sixteen capitals and digits."""
    return request_id.replace("-", "")[:16].upper()


def host_id(request_id: str) -> str:
    """The second id of an S3 request, which support asks for."""
    return f"{request_id.replace('-', '')}serein="


def _root(body: bytes) -> Node:
    try:
        return parse_xml(body)
    except (XmlError, RecursionError):
        raise MalformedXML from None


def _read(shape: Shape, root: Node) -> Any:
    try:
        return reader_of(shape)([root])
    except (ValueError, RecursionError):
        raise MalformedXML from None


def _document(text: str, root: str, uri: str, prefix: str = "") -> bytes:
    if uri:
        declaration = f' xmlns{":" if prefix else ""}{prefix}="{escape_attribute(uri)}"'
        text = text.replace(f"<{root}", f"<{root}{declaration}", 1)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode(errors="replace")
