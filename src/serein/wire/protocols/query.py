"""AWS Query and EC2 Query: a form (or a URL's query) with `Action`, answered in XML."""

from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus

from serein.kernel.errors import AwsError
from serein.kernel.http import HttpReply, HttpRequest
from serein.kernel.operation import Reply, Request
from serein.wire.errors import MalformedQueryString
from serein.wire.protocols.forms import Form, form_reader_of
from serein.wire.protocols.protocol import code_of, find_error_shape, plain_body
from serein.wire.protocols.xml_values import EC2_XML, QUERY_XML, XmlForm
from serein.wire.shapes import Shape
from serein.wire.typed import Parsed
from serein.wire.xml import escape, escape_attribute

if TYPE_CHECKING:
    from serein.wire.models import OperationModel, ServiceModel


class QueryProtocol:
    """AWS Query."""

    name = "query"
    _is_ec2 = False
    _xml: XmlForm = QUERY_XML
    _content_type = "text/xml"

    def parse(self, operation: "OperationModel", http: HttpRequest, body: bytes, labels: dict[str, str]) -> Request:
        form = Form()
        for text in (http.query, form_text(plain_body(operation, http, body))):
            form.add(text)
        if operation.input is None:
            return {}
        # AWS: a request to a queue's own URL needs no QueueUrl (SQSDeveloperGuide/sqs-making-api-requests-xml.html).
        if "QueueUrl" in operation.input.members and "QueueUrl" not in form.root.children and http.path != "/":
            form.set("QueueUrl", unquote(http.path))
        try:
            return Parsed(form_reader_of(operation.input, is_ec2=self._is_ec2)(form.root) or {})
        except RecursionError:
            raise MalformedQueryString from None

    def reply(self, operation: "OperationModel", reply: Reply, request_id: str) -> HttpReply:
        service = operation.service
        out = [f'<{operation.name}Response xmlns="{escape_attribute(namespace(service))}">']
        self._write_result(operation, reply, request_id, out)
        out.append(f"</{operation.name}Response>")
        return xml_reply(operation.status, "".join(out), request_id, self._content_type)

    def _write_result(self, operation: "OperationModel", reply: Reply, request_id: str, out: list[str]) -> None:
        shape = operation.output
        if shape is not None:
            wrapper = operation.result_wrapper or f"{operation.name}Result"
            self._xml.writer_of(shape)(reply, wrapper, out)
            if out[-2:] == [f"<{wrapper}>", f"</{wrapper}>"]:
                out[-2:] = [f"<{wrapper}/>"]
        out.append(f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>")

    def error(
        self, service: "ServiceModel", operation: "OperationModel | None", error: AwsError, request_id: str
    ) -> HttpReply:
        shape = find_error_shape(service, operation, error)
        fault = "Sender" if error.is_sender_fault else "Receiver"
        out = [
            f'<ErrorResponse xmlns="{escape_attribute(namespace(service))}"><Error><Type>{fault}</Type>',
            f"<Code>{escape(code_of(shape, error))}</Code>{message_element(error)}",
        ]
        write_fields(self._xml, shape, error, out)
        out.append(f"</Error><RequestId>{request_id}</RequestId></ErrorResponse>")
        return xml_reply(error.status, "".join(out), request_id, self._content_type)


class Ec2Protocol(QueryProtocol):
    """EC2's own Query: names start with a capital, lists are flat, results are not wrapped."""

    name = "ec2"
    _is_ec2 = True
    _xml = EC2_XML
    _content_type = "text/xml;charset=UTF-8"

    def _write_result(self, operation: "OperationModel", reply: Reply, request_id: str, out: list[str]) -> None:
        out.append(f"<requestId>{request_id}</requestId>")
        if operation.output is not None:
            inner: list[str] = []
            self._xml.writer_of(operation.output)(reply, "x", inner)
            out.extend(inner[1:-1])

    def error(
        self, service: "ServiceModel", operation: "OperationModel | None", error: AwsError, request_id: str
    ) -> HttpReply:
        shape = find_error_shape(service, operation, error)
        out = [
            f"<Response><Errors><Error><Code>{escape(code_of(shape, error))}</Code>",
            message_element(error),
        ]
        write_fields(self._xml, shape, error, out)
        out.append(f"</Error></Errors><RequestID>{request_id}</RequestID></Response>")
        return xml_reply(error.status, "".join(out), request_id, self._content_type)


def form_text(body: bytes) -> str:
    """A form's bytes as text. Raises MalformedQueryString."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise MalformedQueryString from None


def find_action(text: str) -> tuple[str, str] | None:
    """The `Action` and `Version` of a form or query, or None when it has no action; for routing."""
    action = version = ""
    for part in text.split("&"):
        if not action and part.startswith("Action="):
            action = unquote_plus(part[7:])
        elif not version and part.startswith("Version="):
            version = unquote_plus(part[8:])
    return (action, version) if action else None


def namespace(service: "ServiceModel") -> str:
    """The XML namespace of a service's documents."""
    return (
        str(service.xml_namespace)
        or f"http://{service.metadata.endpoint_prefix}.amazonaws.com/doc/{service.api_version}/"
    )


def message_element(error: AwsError) -> str:
    """An error's message in XML, nothing when it has none."""
    message = error.query_message or error.message
    return f"<Message>{escape(message)}</Message>" if message else ""


def write_fields(xml: XmlForm, shape: Shape | None, error: AwsError, out: list[str]) -> None:
    """Write an error's further members."""
    from_shape = {} if shape is None else shape.members
    inner: list[str] = []
    known = {
        name: value for name, value in error.fields.items() if name in from_shape and not from_shape[name].location
    }
    if known and shape is not None:
        xml.writer_of(shape)(known, "x", inner)
        out.extend(inner[1:-1])
    for name, value in error.fields.items():
        if name not in from_shape and isinstance(value, (str, int, float)):
            out.append(f"<{name}>{escape(str(value))}</{name}>")


def xml_reply(status: int, text: str, request_id: str, content_type: str = "text/xml") -> HttpReply:
    """An XML reply with the headers of the Query protocols."""
    headers = [("x-amzn-requestid", request_id), ("content-type", content_type)]
    return HttpReply(status, headers, f'<?xml version="1.0"?>\n{text}'.encode(errors="replace"))
