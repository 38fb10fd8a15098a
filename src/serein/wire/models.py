"""AWS's API models, read from botocore's data files, and the contract that they make.

botocore itself is not imported: finding the files needs only its place, and decoding one takes a few milliseconds.
Models are loaded when a service is first called.
"""

import functools
import gzip
import importlib.util
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from serein.kernel.errors import ValidationFailed
from serein.kernel.operation import Catalog, Encoded, Reply, Request
from serein.wire.shapes import ErrorTrait, Member, Shape, link
from serein.wire.typed import Parsed, type_of
from serein.wire.uris import Labels, RouteTable
from serein.wire.validation import constraint_errors, message_of, type_errors


class _Http(msgspec.Struct, eq=False, rename="camel"):
    method: str = "POST"
    request_uri: str = "/"
    response_code: int = 200


class _Reference(msgspec.Struct, eq=False, rename="camel"):
    """An operation's input, output or error."""

    shape: str
    result_wrapper: str = ""
    location_name: str = ""
    xml_namespace: Any = None


class Checksums(msgspec.Struct, eq=False, rename="camel"):
    """The `httpChecksum` trait: which checksums protect the bodies of an operation."""

    request_algorithm_member: str = ""
    request_checksum_required: bool = False
    request_validation_mode_member: str = ""
    response_algorithms: tuple[str, ...] = ()


class _Operation(msgspec.Struct, eq=False, rename="camel"):
    name: str
    http: _Http = msgspec.field(default_factory=_Http)
    input: _Reference | None = None
    output: _Reference | None = None
    errors: list[_Reference] = []
    deprecated: bool = False
    http_checksum: Checksums | None = None
    http_checksum_required: bool = False
    requestcompression: Any = None


class Metadata(msgspec.Struct, eq=False, rename="camel"):
    """What a model says of its service as a whole."""

    api_version: str = ""
    endpoint_prefix: str = ""
    json_version: str = ""
    protocol: str = ""
    protocols: tuple[str, ...] = ()
    service_id: str = ""
    signing_name: str = ""
    target_prefix: str = ""
    xml_namespace: Any = ""
    aws_query_compatible: Any = None
    uid: str = ""


class Description(msgspec.Struct, eq=False):
    """A `service-2.json` file."""

    metadata: Metadata
    operations: dict[str, _Operation] = {}
    shapes: dict[str, Shape] = {}


class _MemberTraits(msgspec.Struct, rename="camel"):
    query_name: str = ""
    flattened: bool = False


class _ShapeTraits(msgspec.Struct, rename="camel"):
    members: dict[str, _MemberTraits] = {}
    member: _MemberTraits | None = None
    key: _MemberTraits | None = None
    value: _MemberTraits | None = None
    error: ErrorTrait | None = None
    location_name: str = ""
    enum: tuple[str, ...] = ()
    """The values in the order in which AWS's messages list them."""
    unbounded: bool = False
    """The service checks the length itself, which spares requests the walk to every such value."""
    open: bool = False
    """The service checks the values itself: it has other words for those that are none."""
    pattern: str = ""
    nullable: bool = False
    """AWS's messages do not list "Member must not be null" for such elements."""


class Overlay(msgspec.Struct, rename="camel"):
    """What AWS still answers to and botocore's model of a service has dropped."""

    protocols: tuple[str, ...] = ()
    xml_namespace: str = ""
    error_namespace: str = ""
    """What stands before an error's name in `__type`."""
    bare_errors: bool = False
    """REST-XML errors without a wrapping `<ErrorResponse>`, and the request id headers that go with it."""
    unwrapped: tuple[str, ...] = ()
    """Operations whose XML output is the text of its only member."""
    shapes: dict[str, _ShapeTraits] = {}


class OperationModel:
    """One operation: its shapes and where they go in HTTP."""

    __slots__ = (
        "accepts_gzip",
        "checksums",
        "compiled",
        "errors",
        "event_stream_output",
        "input",
        "input_name",
        "input_namespace",
        "is_deprecated",
        "method",
        "name",
        "output",
        "requires_checksum",
        "result_wrapper",
        "service",
        "status",
        "streams_input",
        "streams_output",
        "uri",
    )

    def __init__(self, service: "ServiceModel", described: _Operation, shapes: dict[str, Shape]) -> None:
        self.service = service
        self.name = described.name
        self.method = described.http.method
        self.uri = described.http.request_uri
        self.status = described.http.response_code
        self.input = shapes[described.input.shape] if described.input else None
        self.output = shapes[described.output.shape] if described.output else None
        self.input_name = described.input.location_name if described.input else ""
        """The root element of an XML body, when the model names it."""
        self.input_namespace = described.input.xml_namespace if described.input else None
        self.result_wrapper = described.output.result_wrapper if described.output else ""
        self.errors = tuple(shapes[error.shape] for error in described.errors)
        self.is_deprecated = described.deprecated
        self.checksums = described.http_checksum or Checksums()
        self.requires_checksum = described.http_checksum_required or self.checksums.request_checksum_required
        self.accepts_gzip = described.requestcompression is not None
        self.streams_input = _streams(self.input)
        self.streams_output = _streams(self.output)
        self.event_stream_output = _event_stream(self.output)
        """The output member that is a stream of events, or None."""
        self.compiled: dict[Any, Any] = {}

    def find_error(self, code: str) -> Shape | None:
        """The error shape with that name or code: one of the operation's, or any of its service."""
        for shape in self.errors:
            if shape.name == code or (shape.error is not None and shape.error.code == code):
                return shape
        return self.service.find_error(code)


def _streams(shape: Shape | None) -> bool:
    if shape is None or not shape.payload:
        return False
    member = shape.members[shape.payload]
    return member.streaming or (member.target.streaming and member.target.kind == "blob")


def _event_stream(shape: Shape | None) -> Member | None:
    if shape is None:
        return None
    return next((member for member in shape.members.values() if member.target.eventstream), None)


class ServiceModel:
    """One service's model."""

    def __init__(self, name: str, described: Description, overlay: Overlay | None = None) -> None:
        link(described.shapes)
        overlay = overlay or Overlay()
        _apply(overlay, described)
        metadata = described.metadata
        self.name = name
        self.metadata = metadata
        self.protocols: tuple[str, ...] = metadata.protocols or (metadata.protocol,)
        self.api_version = metadata.api_version
        self.target_prefix = metadata.target_prefix
        self.xml_namespace = metadata.xml_namespace or ""
        self.is_query_compatible = metadata.aws_query_compatible is not None
        self.error_namespace = overlay.error_namespace
        self.has_bare_errors = overlay.bare_errors
        self.unwrapped = overlay.unwrapped
        self.shapes = described.shapes
        self.operations = {
            name: OperationModel(self, operation, described.shapes) for name, operation in described.operations.items()
        }

    def find_rest_operation(
        self, method: str, raw_path: str, raw_query: str, headers: Mapping[str, str]
    ) -> tuple[OperationModel, Labels] | None:
        """The operation that a REST request means, and its path's labels; None when there is none."""
        return self._routes.find(method, raw_path, raw_query, headers)

    def find_error(self, code: str) -> Shape | None:
        """The service's error shape with that name or code."""
        return self._errors.get(code)

    @functools.cached_property
    def _routes(self) -> RouteTable:
        operations = sorted(self.operations.values(), key=lambda operation: (operation.is_deprecated, operation.name))
        return RouteTable(operations)

    @functools.cached_property
    def _errors(self) -> dict[str, Shape]:
        errors = {}
        for shape in self.shapes.values():
            if shape.exception or shape.error is not None:
                errors[shape.name] = shape
        for shape in list(errors.values()):
            if shape.error is not None and shape.error.code:
                errors.setdefault(shape.error.code, shape)
        return errors


def _apply(overlay: Overlay, described: Description) -> None:
    described.metadata.protocols = overlay.protocols or described.metadata.protocols
    described.metadata.xml_namespace = overlay.xml_namespace or described.metadata.xml_namespace
    for name, traits in overlay.shapes.items():
        shape = described.shapes.get(name)
        if shape is None:
            continue
        shape.error = traits.error or shape.error
        shape.location_name = traits.location_name or shape.location_name
        shape.enum = () if traits.open else traits.enum or shape.enum
        shape.pattern = traits.pattern or shape.pattern
        shape.nullable = traits.nullable
        shape.open = traits.open
        if traits.unbounded:
            shape.minimum = shape.maximum = None
        pairs: list[tuple[Member | None, _MemberTraits | None]] = [
            (shape.members.get(member), changed) for member, changed in traits.members.items()
        ]
        pairs += [(shape.member, traits.member), (shape.key, traits.key), (shape.value, traits.value)]
        for reference, changed in pairs:
            if reference is not None and changed is not None:
                reference.query_name = changed.query_name
                reference.flattened = reference.flattened or changed.flattened


def model_folders() -> dict[str, Path]:
    """The folder of each service's newest model, by the service's name."""
    found = importlib.util.find_spec("botocore")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("botocore, whose data files describe AWS's APIs, is not installed")
    data = Path(found.origin).parent / "data"
    folders = {}
    for folder in data.iterdir():
        versions = sorted(path.parent for path in folder.glob("*/service-2.json.gz"))
        if versions:
            folders[folder.name] = versions[-1]
    return folders


def _newest(name: str) -> Path | None:
    found = importlib.util.find_spec("botocore")
    if found is None or found.origin is None or not re.fullmatch(r"[a-z0-9-]+", name):
        return None
    return max((Path(found.origin).parent / "data" / name).glob("*/service-2.json.gz"), default=None)


@functools.cache
def load(name: str) -> ServiceModel | None:
    """Read a service's model, once; None when botocore has no such service."""
    path = _newest(name)
    if path is None:
        return None
    described = msgspec.json.decode(gzip.decompress(path.read_bytes()), type=Description)
    return ServiceModel(name, described, find_overlay(name))


def find_overlay(name: str) -> Overlay | None:
    """What is added to botocore's model of a service, or None."""
    return _overlays().get(name)


@functools.cache
def _overlays() -> dict[str, Overlay]:
    return msgspec.json.decode(Path(__file__).with_name("overlays.json").read_bytes(), type=dict[str, Overlay])


class Models:
    """Every service's model, each loaded when first asked for; the dispatcher's contract."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._models: dict[str, ServiceModel | None] = {}

    def find_service(self, name: str) -> ServiceModel | None:
        """The model of a service, by the name that SDKs use, or None."""
        if name in self._models:
            return self._models[name]
        model = self._models[name] = load(name)
        return model

    def find_operation(self, service: str, operation: str) -> OperationModel | None:
        """The model of an operation, or None."""
        model = self.find_service(service)
        return None if model is None else model.operations.get(operation)

    def knows(self, service: str, operation: str) -> bool:
        """Whether AWS's model of the service has the operation."""
        return self.find_operation(service, operation) is not None

    def validate(self, service: str, operation: str, request: Request) -> None:
        """Raise ValidationFailed when the request has a wrong type or, if the service wants it, breaks a constraint."""
        model = self.find_operation(service, operation)
        if model is None or model.input is None:
            return
        if type(request) is not Parsed and (errors := type_errors(model.input, request)):
            raise self._failure(service, "; ".join(errors))
        found = self._catalog.find_service(service)
        if (found is None or found.checks_constraints) and (errors := constraint_errors(model.input, request)):
            raise self._failure(service, message_of(errors))

    def check(self, service: str, operation: str, request: Request) -> list[str]:
        """Every constraint that the request breaks, in AWS's words ("Value '' at 'tableName' failed to …")."""
        model = self.find_operation(service, operation)
        return [] if model is None or model.input is None else constraint_errors(model.input, request)

    def decode(self, service: str, operation: str, reply: Reply) -> Reply:
        """Return the reply with every `Encoded` value decoded."""
        model = self.find_operation(service, operation)
        if model is None or model.output is None or not reply:
            return reply
        return {
            name: _decoded(value, model.output.members.get(name)) if _may_hold_encoded(value) else value
            for name, value in reply.items()
        }

    def _failure(self, service: str, message: str) -> ValidationFailed:
        found = self._catalog.find_service(service)
        failure = ValidationFailed(message)
        if found is not None and found.validation_code != ValidationFailed.code:
            # Why: the error's class is the dispatcher's; only its name on the wire is the service's.
            failure.code = found.validation_code  # type: ignore[misc]
        return failure


def _may_hold_encoded(value: Any) -> bool:
    return isinstance(value, (Encoded, list, dict))


def _decoded(value: Any, member: Member | None) -> Any:
    if type(value) is Encoded:
        return msgspec.json.decode(value, type=Any if member is None else type_of(member.target))
    if isinstance(value, list) and (element := _element(member)) is not False:
        return [_decoded(item, element) for item in value] if any(map(_may_hold_encoded, value)) else value
    if isinstance(value, dict):
        return {
            name: _decoded(item, _inner(member, name)) if _may_hold_encoded(item) else item
            for name, item in value.items()
        }
    return value


def _element(member: Member | None) -> Any:
    return None if member is None else member.target.member


def _inner(member: Member | None, name: str) -> Member | None:
    if member is None:
        return None
    return member.target.value if member.target.kind == "map" else member.target.members.get(name)
