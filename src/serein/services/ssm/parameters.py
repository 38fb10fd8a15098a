"""Parameters: their names and selectors, what a value may be, and the record that is kept of a version."""

import base64
import hashlib
import re
from collections.abc import Callable
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from serein.kernel.arn import find_arn
from serein.kernel.scope import Scope
from serein.services.ssm.errors import (
    AccessDeniedException,
    HierarchyLevelLimitExceededException,
    InvalidAllowedPatternException,
    ParameterNotFound,
    ParameterPatternMismatchException,
    ValidationException,
)
from serein.services.ssm.policies import Policy

_NAME = re.compile(r"(?:/[A-Za-z0-9_.-]+)+|[A-Za-z0-9_.-]+")
_MOST_LEVELS = 15
_MOST_NAME_CHARACTERS = 1011
_SIZES = {"Standard": 4096, "Advanced": 8192}
_COMMENT = re.compile(r'(?P<text>"(?:[^"\\\\]|\\\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_LABEL = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_BAD_NAME = (
    'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of '
    "sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 "
    "symbols .-_"
)
BAD_PATH = (
    "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "
    '"/". It can\'t be prefixed with \\"aws\\" or \\"ssm\\" (case-insensitive). It must use only letters, numbers, '
    "or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All "
    'sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.'
)
_TIERS_PAGE = "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"


class Record(msgspec.Struct, omit_defaults=True):
    """A version of a parameter, as it is stored."""

    Type: str
    Value: str
    Version: int
    LastModifiedDate: float
    LastModifiedUser: str
    Tier: str = "Standard"
    DataType: str = "text"
    Description: str | None = None
    AllowedPattern: str | None = None
    KeyId: str | None = None
    Policies: list[Policy] = []


class Reference(NamedTuple):
    """What a request may call a parameter: a name or an ARN, with or without a version or a label."""

    name: str
    selector: str
    """A version's number, a label, or empty."""


def parse_reference(scope: Scope, text: str) -> Reference:
    """Raises ValidationException, and ParameterNotFound for a parameter of another account or region."""
    text = text.strip()
    arn = find_arn(text)
    if arn is None:
        name, _, selector = text.partition(":")
        require_name(name)
        return Reference(name, selector)
    if arn.service != "ssm" or not arn.resource.startswith("parameter/"):
        raise ValidationException(_BAD_NAME)
    if arn.scope != scope:
        raise ParameterNotFound
    path, _, selector = arn.resource.removeprefix("parameter").partition(":")
    return Reference(path if path.count("/") > 1 else path[1:], selector)


def require_name(name: str) -> None:
    """Raises ValidationException for what no parameter can be called."""
    if not _NAME.fullmatch(name) or name.lstrip("/").lower().startswith("ssm"):
        raise ValidationException(_BAD_NAME)


def require_new_name(scope: Scope, name: str) -> None:
    """Raises what PutParameter answers to a bad name."""
    require_name(name)
    if name.lstrip("/").lower().startswith("aws"):
        raise AccessDeniedException(f"No access to reserved parameter name: {name}.")
    if name.count("/") > _MOST_LEVELS:
        raise HierarchyLevelLimitExceededException(
            f"A hierarchy can have a maximum of {_MOST_LEVELS} levels. The parameter {name} has {name.count('/')}."
        )
    # AWS: the limit is that of the whole ARN. https://docs.aws.amazon.com/general/latest/gr/ssm.html
    if len(parameter_arn(scope, name)) > _MOST_NAME_CHARACTERS:
        raise ValidationException(
            f"Parameter name is too long: its ARN has more than {_MOST_NAME_CHARACTERS} characters."
        )


def require_path(path: str) -> str:
    """A path of GetParametersByPath, with a slash at its end. Raises ValidationException."""
    bare = path.rstrip("/")
    if path[:1] != "/" or (bare and (not _NAME.fullmatch(bare) or bare[1:].lower().startswith("ssm"))):
        raise ValidationException(BAD_PATH)
    if bare.count("/") > _MOST_LEVELS:
        raise HierarchyLevelLimitExceededException
    return f"{bare}/"


def parameter_arn(scope: Scope, name: str) -> str:
    return f"arn:{scope.partition}:ssm:{scope.region}:{scope.account}:parameter/{name.lstrip('/')}"


def tier_of(wanted: str, value: str, policies: list[Policy], current: str) -> str:
    """The tier that a version gets. Raises ValidationException when its value or policies are too much for it."""
    size = len(value.encode())
    if wanted == "Intelligent-Tiering":
        needs_more = size > _SIZES["Standard"] or bool(policies) or current == "Advanced"
        tier = "Advanced" if needs_more else "Standard"
    else:
        tier = wanted
    if tier == "Standard" and current == "Advanced":
        raise ValidationException(
            "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the "
            "advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced "
            f"parameter and recreate it as a standard parameter. For more information, see {_TIERS_PAGE}"
        )
    if size > _SIZES[tier]:
        larger = (
            "To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. "
            if tier == "Standard"
            else ""
        )
        raise ValidationException(
            f"{tier} tier parameters support a maximum parameter value of {_SIZES[tier]} characters. {larger}"
            f"For more information, see {_TIERS_PAGE}"
        )
    if policies and tier == "Standard":
        raise ValidationException(
            "Parameter policies are only supported for advanced-tier parameters. To use policies, upgrade the "
            f"parameter to the advanced-parameter tier. For more information, see {_TIERS_PAGE}"
        )
    return tier


def require_value(value: str, allowed_pattern: str | None, data_type: str) -> None:
    """Raises what PutParameter answers to a value that its pattern or type doesn't allow."""
    if not value:
        raise ValidationException(
            "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length "
            "greater than or equal to 1."
        )
    # AWS: "You can't include values wrapped in double brackets {{}}".
    if "{{" in value and "}}" in value and re.search(r"\{\{\s*ssm:", value):
        raise ValidationException(
            f'Parameter value can\'t nest another parameter. Do not use "{{{{}}}}" in the value: {value}'
        )
    if allowed_pattern:
        _require_match(value, allowed_pattern)
    check = _DATA_TYPES.get(data_type)
    if check is None:
        raise ValidationException(
            f"The following data type is not supported: {data_type} (Data type names are all lowercase.)"
        )
    if not check(value):
        raise ValidationException(f"The parameter value is not valid for the data type {data_type}.")


def _require_match(value: str, pattern: str) -> None:
    try:
        allowed = re.compile(pattern)
    except re.error as error:
        raise InvalidAllowedPatternException(f"The regular expression is not valid: {error}") from None
    if allowed.search(value) is None:
        raise ParameterPatternMismatchException(
            f"Parameter value, cannot be validated against allowedPattern: {pattern}"
        )


def _parses(parse: Callable[[str], Any]) -> Callable[[str], bool]:
    def check(value: str) -> bool:
        try:
            parse(value)
        except (ValueError, RecursionError, AddressValueError, msgspec.DecodeError):
            return False
        return True

    return check


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


def _is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc)


def _keep_text(found: re.Match[str]) -> str:
    return found["text"] or " "


_DATA_TYPES: dict[str, Callable[[str], bool]] = {
    "text": lambda _: True,
    "aws:ec2:image": _matches(r"ami-[0-9a-f]{8,17}"),
    "aws:ssm:integration": lambda _: True,
    "aws:region": _matches(r"[a-z]{2}(?:-[a-z]+)+-\d"),
    "aws:account:id": _matches(r"\d{12}"),
    "boolean": _matches(r"(?i:true|false)"),
    "integer": _matches(r"[+-]?\d+"),
    "float": _parses(float),
    "binary": _parses(lambda value: base64.b64decode(value, validate=True)),
    "hostname": _matches(r"(?=.{1,253}\Z)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9-]{1,63})*"),
    "email": _matches(r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    "ipv4-address": _parses(IPv4Address),
    "ipv6-address": _parses(IPv6Address),
    "url": _is_url,
    "json": _parses(msgspec.json.decode),
    "jsonc": _parses(lambda value: msgspec.json.decode(_COMMENT.sub(_keep_text, value))),
}


def is_label(label: str) -> bool:
    """Whether a version can be labelled so: no number at the beginning, not `aws` or `ssm`."""
    return (
        _LABEL.fullmatch(label) is not None and not label[0].isdigit() and not label.lower().startswith(("aws", "ssm"))
    )


def value_shown(record: Record, name: str, *, is_decrypted: bool) -> str:
    """The value, or for a secret that isn't wanted in clear a text that stands for its ciphertext."""
    if record.Type != "SecureString" or is_decrypted:
        return record.Value
    digest = hashlib.sha256(f"{name}\0{record.Version}\0{record.KeyId}\0{record.Value}".encode()).digest()
    return base64.b64encode(b"\x01\x02\x02\x00x" + digest + digest).decode()


def parameter_reply(scope: Scope, name: str, record: Record, selector: str, *, is_decrypted: bool) -> dict[str, Any]:
    """The shape `Parameter`."""
    reply = {
        "Name": name,
        "Type": record.Type,
        "Value": value_shown(record, name, is_decrypted=is_decrypted),
        "Version": record.Version,
        "LastModifiedDate": record.LastModifiedDate,
        "ARN": parameter_arn(scope, name),
        "DataType": record.DataType,
    }
    if selector:
        reply["Selector"] = f":{selector}"
    return reply


def metadata_reply(name: str, record: Record) -> dict[str, Any]:
    """What `ParameterMetadata` and `ParameterHistory` have in common."""
    reply: dict[str, Any] = {
        "Name": name,
        "Type": record.Type,
        "LastModifiedDate": record.LastModifiedDate,
        "LastModifiedUser": record.LastModifiedUser,
        "Version": record.Version,
        "Tier": record.Tier,
        "Policies": [
            {"PolicyText": policy.text, "PolicyType": policy.type, "PolicyStatus": "Pending"}
            for policy in record.Policies
        ],
        "DataType": record.DataType,
    }
    for member in ("KeyId", "Description", "AllowedPattern"):
        if (value := getattr(record, member)) is not None:
            reply[member] = value
    return reply
