"""Requests and replies of AWS's operations as JSON documents, in the words of AWS's SDKs for Java.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html ("Parameters in Step Functions
are expressed in PascalCase, even if the native service API is in camelCase").
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any

from serein.kernel.documents import ErrorNames, Spelling
from serein.kernel.http import ByteStream
from serein.kernel.operation import Reply, Request
from serein.wire.index import Index
from serein.wire.java_names import camel, client_of, exception_of, pascal
from serein.wire.models import Models, OperationModel
from serein.wire.scalars import range_of
from serein.wire.shapes import Shape, reaches
from serein.wire.timestamps import find_timestamp, iso8601

Faults = list[str]
Reader = Callable[[Any, str, Faults], Any]
"""Takes a document's value, the name of its field, and where to put what is wrong with it."""
Writer = Callable[[Any], Any]
_LONGEST_PLAIN = 40
_WHOLE = frozenset({"integer", "long", "short", "byte", "bigInteger"})
_FRACTIONAL = frozenset({"float", "double", "bigDecimal"})
_MISSING = "is required but was missing"


class JavaDocuments:
    """The Documents port."""

    def __init__(self, index: Index, models: Models) -> None:
        self._index = index
        self._models = models

    def find_operation(self, service: str, action: str) -> tuple[str, str] | None:
        name = self._index.by_sdk_name(service) or self._index.by_sdk_name(f"{service}service")
        model = None if name is None else self._models.find_service(name)
        if name is None or model is None:
            return None
        wanted = action[:1].upper() + action[1:]
        if wanted in model.operations:
            return (name, wanted) if camel(wanted) == action else None
        found = next((operation for operation in model.operations if camel(operation) == action), None)
        return None if found is None else (name, found)

    def is_streaming(self, service: str, operation: str) -> bool:
        model = self._models.find_operation(service, operation)
        shapes = () if model is None else (model.input, model.output)
        return any(shape is not None and reaches(shape, lambda found: found.eventstream) for shape in shapes)

    def faults(self, service: str, operation: str, document: Any, *, is_template: bool) -> list[str]:
        if not is_template:
            return self.request(service, operation, document, Spelling.SDK)[1]
        model = self._models.find_operation(service, operation)
        found: Faults = []
        if model is not None and model.input is not None:
            _check_names(model.input, document, found)
        return found

    def request(self, service: str, operation: str, document: Any, spelling: Spelling) -> tuple[Request, list[str]]:
        model = self._models.find_operation(service, operation)
        faults: Faults = []
        if model is None or model.input is None:
            return {}, faults
        request = _reader_of(model.input, spelling)(document, "Parameters", faults)
        if not faults and model.streams_input and isinstance(body := request.get(model.input.payload), bytes):
            request[model.input.payload] = ByteStream.of(body)
        return request, faults

    def reply_faults(
        self, service: str, operation: str, document: Any, spelling: Spelling, *, is_strict: bool
    ) -> list[str]:
        model = self._models.find_operation(service, operation)
        if model is None or model.output is None:
            return []
        faults: Faults = []
        _reader_of(model.output, spelling)(document, "Result", faults)
        return faults if is_strict else [fault for fault in faults if not fault.endswith(_MISSING)]

    def reply(self, service: str, operation: str, reply: Reply, spelling: Spelling) -> dict[str, Any]:
        model = self._models.find_operation(service, operation)
        if model is None or model.output is None:
            return {}
        document: dict[str, Any] = _writer_of(model.output, spelling)(reply)
        return document

    def error(self, service: str, operation: str, code: str) -> ErrorNames:
        model = self._models.find_service(service)
        if model is None:
            return ErrorNames(service, code, is_modelled=False)
        prefix = client_of(model.metadata.service_id)
        found: OperationModel | None = model.operations.get(operation)
        shape = model.find_error(code) if found is None else found.find_error(code)
        if shape is None:
            return ErrorNames(prefix, f"{prefix}Exception", is_modelled=False)
        return ErrorNames(prefix, exception_of(shape.name), is_modelled=True)


def _members_of(shape: Shape, spelling: Spelling) -> Mapping[str, str]:
    """The members of a structure by the names that documents may have for them.

    Why the model's own capitals are taken too: `SSEKMSKeyId` is unambiguous, and seldom written as Java has it.
    """
    if spelling is Spelling.MODEL:
        return {name: name for name in shape.members}
    own = {name: name for name in shape.members if name[0].isupper()}
    return own | {pascal(name): name for name in shape.members}


def _name_of(member: str, spelling: Spelling) -> str:
    return member if spelling is Spelling.MODEL else pascal(member)


def _unsupported(name: str) -> str:
    return f'The field "{name}" is not supported by Step Functions'


def _missing(name: str) -> str:
    return f'The field "{name}" {_MISSING}'


def _check_names(shape: Shape, document: Any, faults: Faults) -> None:
    if shape.kind == "structure" and isinstance(document, dict) and not shape.document:
        members = _members_of(shape, Spelling.SDK)
        for name, value in document.items():
            if name.endswith(".$"):
                continue
            if name not in members:
                faults.append(_unsupported(name))
            else:
                _check_names(shape.members[members[name]].target, value, faults)
        given = {members.get(name.removesuffix(".$")) for name in document}
        faults += [_missing(pascal(name)) for name in shape.required if name not in given]
    elif shape.kind == "list" and shape.member is not None and isinstance(document, list):
        for value in document:
            _check_names(shape.member.target, value, faults)
    elif shape.kind == "map" and shape.value is not None and isinstance(document, dict):
        for value in document.values():
            _check_names(shape.value.target, value, faults)


def _reader_of(shape: Shape, spelling: Spelling) -> Reader:
    return shape.once(("document reader", spelling), lambda found: _compile_reader(found, spelling))


def _compile_reader(shape: Shape, spelling: Spelling) -> Reader:
    if shape.document:
        return lambda value, name, faults: value
    if shape.kind == "structure":
        return _structure_reader(shape, spelling)
    if shape.kind == "list" and shape.member is not None:
        return _list_reader(shape.member.target, spelling)
    if shape.kind == "map" and shape.value is not None:
        return _map_reader(shape.value.target, spelling)
    if shape.kind == "blob":
        return _read_base64 if spelling is Spelling.MODEL else _read_text
    return _SCALARS.get(shape.kind, _read_string)


def _structure_reader(shape: Shape, spelling: Spelling) -> Reader:
    members = _members_of(shape, spelling)

    def read(value: Any, name: str, faults: Faults) -> Any:
        if not isinstance(value, dict):
            faults.append(_mistyped(name, "an OBJECT"))
            return {}
        parsed: dict[str, Any] = {}
        for given, item in value.items():
            member = members.get(given)
            if member is None:
                faults.append(_unsupported(given))
            elif item is not None:
                parsed[member] = _reader_of(shape.members[member].target, spelling)(item, given, faults)
        faults += [_missing(_name_of(each, spelling)) for each in shape.required if each not in parsed]
        return parsed

    return read


def _list_reader(element: Shape, spelling: Spelling) -> Reader:
    def read(value: Any, name: str, faults: Faults) -> Any:
        if not isinstance(value, list):
            faults.append(_mistyped(name, "an ARRAY"))
            return []
        reader = _reader_of(element, spelling)
        return [reader(item, name, faults) for item in value]

    return read


def _map_reader(element: Shape, spelling: Spelling) -> Reader:
    def read(value: Any, name: str, faults: Faults) -> Any:
        if not isinstance(value, dict):
            faults.append(_mistyped(name, "an OBJECT"))
            return {}
        reader = _reader_of(element, spelling)
        return {key: reader(item, key, faults) for key, item in value.items()}

    return read


def _mistyped(name: str, wanted: str) -> str:
    return f"The value for the field '{name}' must be {wanted}"


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _read_string(value: Any, name: str, faults: Faults) -> Any:
    """AWS: an object or an array given for a text becomes its JSON (`Output` of `sfn:sendTaskSuccess`)."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        return _compact(value)
    faults.append(_mistyped(name, "a STRING"))
    return ""


def _plain(value: Any) -> Any:
    """A number or a boolean that is given as text.

    AWS takes those: samples of its own write `{"BOOL": "true"}`.
    """
    if not isinstance(value, str) or len(value) > _LONGEST_PLAIN:
        return value
    try:
        found = json.loads(value)
    except ValueError:
        return value
    return found if isinstance(found, bool | int | float) else value


def _read_boolean(value: Any, name: str, faults: Faults) -> Any:
    value = _plain(value)
    if not isinstance(value, bool):
        faults.append(_mistyped(name, "a BOOLEAN"))
    return value


def _whole_reader(kind: str) -> Reader:
    limits = range_of(kind)
    assert limits is not None, "kinds of whole numbers have limits"
    least, most = limits

    def read(value: Any, name: str, faults: Faults) -> Any:
        value = _plain(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            faults.append(_mistyped(name, "an INTEGER"))
        return value

    return read


def _read_number(value: Any, name: str, faults: Faults) -> Any:
    value = _plain(value)
    if not isinstance(value, int | float) or isinstance(value, bool):
        faults.append(_mistyped(name, "a NUMBER"))
        return 0.0
    return float(value)


def _read_timestamp(value: Any, name: str, faults: Faults) -> Any:
    found = find_timestamp(value)
    if found is None:
        faults.append(_mistyped(name, "a TIMESTAMP"))
    return found


def _read_text(value: Any, name: str, faults: Faults) -> Any:
    """AWS: a blob is given as the text that it holds, or as JSON."""
    return (value if isinstance(value, str) else _compact(value)).encode("utf-8", "surrogatepass")


def _read_base64(value: Any, name: str, faults: Faults) -> Any:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        faults.append(_mistyped(name, "a base64-encoded STRING"))
        return b""


_SCALARS: dict[str, Reader] = {
    "boolean": _read_boolean,
    "timestamp": _read_timestamp,
    **{kind: _whole_reader(kind) for kind in _WHOLE},
    **dict.fromkeys(_FRACTIONAL, _read_number),
}


def _writer_of(shape: Shape, spelling: Spelling) -> Writer:
    return shape.once(("document writer", spelling), lambda found: _compile_writer(found, spelling))


def _same(value: Any) -> Any:
    return value


def _compile_writer(shape: Shape, spelling: Spelling) -> Writer:
    if shape.document:
        return _same
    if shape.kind == "structure":
        return _structure_writer(shape, spelling)
    if shape.kind == "list" and shape.member is not None:
        element = shape.member.target
        return lambda value: [_writer_of(element, spelling)(item) for item in value]
    if shape.kind == "map" and shape.value is not None:
        target = shape.value.target
        return lambda value: {key: _writer_of(target, spelling)(item) for key, item in value.items()}
    if shape.kind == "blob":
        return _base64_of if spelling is Spelling.MODEL else _text_of
    if shape.kind == "timestamp" and spelling is Spelling.SDK:
        return iso8601
    return _same


def _structure_writer(shape: Shape, spelling: Spelling) -> Writer:
    names = {member: (_name_of(member, spelling), reference.target) for member, reference in shape.members.items()}

    def write(value: dict[str, Any]) -> Any:
        return {
            names[member][0]: _writer_of(names[member][1], spelling)(item)
            for member, item in value.items()
            if item is not None and member in names
        }

    return write


def _base64_of(value: Any) -> str:
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()


def _text_of(value: Any) -> str:
    return value if isinstance(value, str) else bytes(value).decode("utf-8", "replace")
