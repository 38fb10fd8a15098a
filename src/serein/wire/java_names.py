"""Names as the SDK for Java 2 derives them from API models: of services, members and exceptions."""

import re

_V_AFTER_CAPITALS = re.compile(r"([^a-z]{2,})v([0-9]+)")
_V_AFTER_SMALL = re.compile(r"([^A-Z]{2,})V([0-9]+)")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z][a-zA-Z0-9])")
_ACRONYM = re.compile(r"([A-Z]+)([A-Z][a-z])")
_DIGIT = re.compile(r"([0-9])([a-zA-Z])")
_RESERVED = {"null": "nul", "equals": "equalsValue"}
"""Java can't have methods of these names."""


def pascal_words(name: str) -> str:
    """A name by its words: `DynamoDB` is `DynamoDb`, `CloudWatch Logs` is `CloudWatchLogs`."""
    text = re.sub(r"[^A-Za-z0-9]+", " ", name)
    text = _V_AFTER_SMALL.sub(r"\1 V\2 ", _V_AFTER_CAPITALS.sub(r"\1 v\2 ", text))
    text = _ACRONYM.sub(r"\1 \2", _HUMP.sub(" ", text))
    return "".join(word[0].upper() + word[1:].lower() for word in _DIGIT.sub(r"\1 \2", text).split())


def client_of(service_id: str) -> str:
    """What a service's client and its general exception are called: `Config Service` is `Config`."""
    found = pascal_words(service_id).removeprefix("Amazon").removeprefix("Aws")
    return found.removesuffix("Service") or found


def camel(name: str) -> str:
    """A name with a small start: `SSEKMSKeyId` is `ssekmsKeyId`, `ETag` is `eTag`, `PutItem` is `putItem`."""
    length = 1
    while length < len(name) and name[length].isupper() and not (length + 1 < len(name) and name[length + 1].islower()):
        length += 1
    found = name[:length].lower() + name[length:]
    return _RESERVED.get(found, found)


def pascal(name: str) -> str:
    """A member's name as Step Functions spells it: `SsekmsKeyId`, `ETag`, `StateMachineArn`, `Bool`, `Nul`."""
    found = camel(name)
    return found[0].upper() + found[1:]


def exception_of(shape_name: str) -> str:
    """The class of an error: `NoSuchKey` is `NoSuchKeyException`, `ThingFault` is `ThingException`."""
    if shape_name.endswith("Exception"):
        return pascal_words(shape_name)
    return pascal_words(shape_name.removesuffix("Fault")) + "Exception"
