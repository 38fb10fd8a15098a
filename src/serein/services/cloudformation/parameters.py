"""Parameters: declared in a template, given with a request, checked as CloudFormation checks them."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from serein.kernel.scope import Scope
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.functions import text_of
from serein.services.cloudformation.templates import Template

HIDDEN = "****"
_OWN_IMAGES = "/aws/service/"
SSM_PREFIX = "AWS::SSM::Parameter::"
_AWS_TYPES = (
    "AWS::EC2::AvailabilityZone::Name|AWS::EC2::Image::Id|AWS::EC2::Instance::Id|AWS::EC2::KeyPair::KeyName"
    "|AWS::EC2::SecurityGroup::GroupName|AWS::EC2::SecurityGroup::Id|AWS::EC2::Subnet::Id|AWS::EC2::VPC::Id"
    "|AWS::EC2::Volume::Id|AWS::Route53::HostedZone::Id"
)
_VALUE_TYPES = f"String|CommaDelimitedList|List<(String|Number|{_AWS_TYPES})>|{_AWS_TYPES}"
_TYPES = re.compile(f"Number|{_VALUE_TYPES}|AWS::SSM::Parameter::(Name|Value<({_VALUE_TYPES})>)")
_NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,18})?")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter with its value, as text."""

    name: str
    value: str
    type: str
    is_hidden: bool
    resolved: str | None = None
    """What an SSM parameter's name stood for."""

    def evaluated(self) -> Any:
        """What Ref answers: lists as lists."""
        value = self.value if self.resolved is None else self.resolved
        if "CommaDelimitedList" in self.type or "List<" in self.type:
            return [member.strip() for member in value.split(",")] if value else []
        return value


def settle(template: Template, given: list[dict[str, Any]], previous: dict[str, str] | None) -> dict[str, Parameter]:
    """Every declared parameter with its value: the given one, the previous one where asked for, or the default.

    `previous` is None for a new stack. Raises ValidationError in AWS's words.
    """
    declared: dict[str, Any] = template.get("Parameters", {})
    for name, definition in declared.items():
        _check_definition(name, definition)
    values = _given_values(declared, given, previous)
    missing = [name for name in declared if name not in values and "Default" not in declared[name]]
    if missing:
        raise ValidationError(f"Parameters: [{', '.join(missing)}] must have values")
    settled = {}
    for name, definition in declared.items():
        value = values.get(name)
        text = text_of(definition["Default"]) if value is None else value
        _check_value(name, definition, text)
        hidden = str(definition.get("NoEcho", "false")).lower() == "true"
        settled[name] = Parameter(name, text, definition["Type"], hidden)
    return settled


def _given_values(
    declared: dict[str, Any], given: list[dict[str, Any]], previous: dict[str, str] | None
) -> dict[str, str]:
    unknown = [entry.get("ParameterKey") for entry in given if entry.get("ParameterKey") not in declared]
    if unknown:
        raise ValidationError(f"Parameters: [{', '.join(map(str, unknown))}] do not exist in the template")
    values = {}
    for entry in given:
        name = entry["ParameterKey"]
        if not entry.get("UsePreviousValue"):
            if "ParameterValue" not in entry:
                raise ValidationError(f"Invalid input for parameter key {name}. Specify a value.")
            values[name] = entry["ParameterValue"]
        elif "ParameterValue" in entry:
            raise ValidationError(
                f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true and non empty value"
                " for a parameter"
            )
        elif previous is None or name not in previous:
            raise ValidationError(
                f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a parameter key"
                " not in the previous template"
            )
        else:
            values[name] = previous[name]
    return values


def _check_definition(name: str, definition: Any) -> None:
    if not name.isalnum() or not name.isascii():
        raise ValidationError(f"Template format error: Parameter name {name} is non alphanumeric.")
    if not isinstance(definition, dict) or not isinstance(definition.get("Type"), str):
        raise ValidationError("Template format error: Every Parameters object must contain a Type member.")
    if not _TYPES.fullmatch(definition["Type"]):
        raise ValidationError(f"Template format error: Unrecognized parameter type: {definition['Type']}")
    if isinstance(definition.get("Default", ""), dict | list):
        raise ValidationError("Template format error: Every Default member must be a string.")
    if not isinstance(definition.get("AllowedValues", []), list):
        raise ValidationError("Template format error: Every AllowedValues member must be a list.")
    if not isinstance(definition.get("AllowedPattern", ""), str):
        raise ValidationError("Template format error: Every AllowedPattern member must be a string.")
    for limit in ("MinLength", "MaxLength", "MinValue", "MaxValue"):
        if limit in definition and not _NUMBER.fullmatch(str(definition[limit])):
            raise ValidationError(f"Template format error: Every {limit} member must be a number.")


def _check_value(name: str, definition: dict[str, Any], text: str) -> None:
    broken = _broken_constraint(definition, text)
    if broken is None:
        return
    if "ConstraintDescription" in definition:
        raise ValidationError(f"Parameter {name} failed to satisfy constraint: {definition['ConstraintDescription']}")
    raise ValidationError(f"Parameter '{name}' {broken}")


def _broken_constraint(definition: dict[str, Any], text: str) -> str | None:
    is_list = definition["Type"] == "CommaDelimitedList" or definition["Type"].startswith("List<")
    members = [member.strip() for member in text.split(",")] if is_list else [text]
    allowed = definition.get("AllowedValues")
    if allowed is not None and not {text_of(value) for value in allowed}.issuperset(members):
        return "must be one of AllowedValues"
    if "Number" in definition["Type"]:
        return _broken_number(definition, members)
    for member in members:
        if "AllowedPattern" in definition and not _matches(definition["AllowedPattern"], member):
            return f"must match pattern {definition['AllowedPattern']}"
        if len(member) < float(definition.get("MinLength", 0)):
            return f"must contain at least {definition['MinLength']} characters"
        if "MaxLength" in definition and len(member) > float(definition["MaxLength"]):
            return f"must contain at most {definition['MaxLength']} characters"
    return None


def _broken_number(definition: dict[str, Any], members: list[str]) -> str | None:
    for member in members:
        try:
            number = float(member)
        except ValueError:
            return "must be a number"
        if "MinValue" in definition and number < float(definition["MinValue"]):
            return f"must be a number not less than {definition['MinValue']}"
        if "MaxValue" in definition and number > float(definition["MaxValue"]):
            return f"must be a number not greater than {definition['MaxValue']}"
    return None


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:
        raise ValidationError(f"Template format error: AllowedPattern {pattern} is not a regular expression") from None


def pseudo_parameters(scope: Scope, stack_name: str, stack_id: str, notification_arns: list[str]) -> dict[str, Any]:
    """The parameters that every template has."""
    return {
        "AWS::AccountId": scope.account,
        "AWS::NotificationARNs": notification_arns,
        "AWS::Partition": scope.partition,
        "AWS::Region": scope.region,
        "AWS::StackId": stack_id,
        "AWS::StackName": stack_name,
        "AWS::URLSuffix": "amazonaws.com.cn" if scope.partition == "aws-cn" else "amazonaws.com",
    }


def find_image(parameter: Parameter) -> str | None:
    """An id for one of the machine images that AWS's own parameters name, None for other parameters.

    It is made up, and always the same: what starts from an image is only recorded here.
    """
    if not parameter.value.startswith(_OWN_IMAGES) or "<AWS::EC2::Image::Id>" not in parameter.type:
        return None
    return f"ami-{hashlib.shake_256(parameter.value.encode()).hexdigest(8)}0"
