"""The intrinsic functions: a template's values, worked out for one stack."""

import base64
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from serein.services.cloudformation.errors import ResourceFailure, ValidationError

NO_VALUE = object()
"""What `AWS::NoValue` stands for: the property, or the list's member, is left out."""
_MOST_BLOCKS = 256
_STACK_OUTPUT = frozenset({"OutputName", "Region", "RoleArn", "StackName"})
_SUB_NAME = re.compile(r"\$\{([^{}]*)\}")


class Resources(Protocol):
    """The stack's resources, as far as they exist. Raises NotYetKnown for one that has yet to be made."""

    def reference(self, logical_id: str) -> Any:
        """What Ref answers."""

    def attribute(self, logical_id: str, name: str) -> Any:
        """What Fn::GetAtt answers."""


@dataclass(slots=True)
class Evaluation:
    """Where a template's values are worked out."""

    parameters: Mapping[str, Any]
    """By name, pseudo parameters included."""
    mappings: Mapping[str, Any]
    conditions: Mapping[str, Any]
    """Definitions, evaluated when first needed."""
    resources: Resources
    exports: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[tuple[str, str, str, str], str] = field(default_factory=dict)
    """Of all stacks, by account, region, stack's name and output's name."""
    has_extensions: bool = False
    """Whether the template declares AWS::LanguageExtensions."""
    _known_conditions: dict[str, bool] = field(default_factory=dict)
    _open_conditions: set[str] = field(default_factory=set)

    def value(self, template_value: Any) -> Any:
        """The value with every function worked out; NO_VALUE when nothing is to be left."""
        if isinstance(template_value, dict):
            if len(template_value) == 1:
                name, argument = next(iter(template_value.items()))
                function = _FUNCTIONS.get(name)
                if function is not None:
                    return function(self, argument)
            evaluated = {key: self.value(member) for key, member in template_value.items()}
            return {key: member for key, member in evaluated.items() if member is not NO_VALUE}
        if isinstance(template_value, list):
            members = [self.value(member) for member in template_value]
            return [member for member in members if member is not NO_VALUE]
        return template_value

    def condition(self, name: str) -> bool:
        """Whether the named condition holds."""
        if not isinstance(name, str):
            raise ValidationError("Template format error: Every Condition member must be a string.")
        known = self._known_conditions.get(name)
        if known is None:
            if name not in self.conditions:
                raise ValidationError(f"Template format error: Unresolved condition dependency {name}")
            if name in self._open_conditions:
                raise ValidationError(f"Template format error: Circular dependency between conditions: {name}")
            self._open_conditions.add(name)
            known = self.test(self.conditions[name])
            self._open_conditions.discard(name)
            self._known_conditions[name] = known
        return known

    def test(self, template_value: Any) -> bool:
        """A condition's truth."""
        # AWS: SAM writes {"Condition": {"Condition": "Name"}}, which stands for the name's condition.
        if isinstance(template_value, dict) and isinstance(inner := template_value.get("Condition"), dict):
            return self.test(inner)
        try:
            found = self.value(template_value)
        except ResourceFailure as failure:
            raise ValidationError(str(failure)) from None
        if isinstance(found, bool):
            return found
        if found in ("true", "false"):
            return bool(found == "true")
        raise ValidationError(f"Template error: a condition must be true or false, not {found}")

    def texts(self, template_value: Any, function: str) -> list[str]:
        """A list of scalars as texts."""
        found = self.value(template_value)
        if not isinstance(found, list):
            raise ValidationError(f"Template error: {function} requires a list argument")
        return [text_of(member) for member in found]


def text_of(value: Any) -> str:
    """A scalar as CloudFormation writes it into text. Raises ValidationError for a structure."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return json.dumps(value)
    if isinstance(value, list):
        return ",".join(text_of(member) for member in value)
    raise ValidationError("Template error: a text is expected where an object stands")


def _ref(evaluation: Evaluation, argument: Any) -> Any:
    if argument == "AWS::NoValue":
        return NO_VALUE
    if not isinstance(argument, str):
        argument = text_of(evaluation.value(argument))
    if argument in evaluation.parameters:
        return evaluation.parameters[argument]
    return evaluation.resources.reference(argument)


def _get_att(evaluation: Evaluation, argument: Any) -> Any:
    if isinstance(argument, str):
        argument = argument.split(".", 1)
    if not isinstance(argument, list) or len(argument) != 2 or not all(argument):
        raise ValidationError(
            "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the"
            " resource attribute"
        )
    return evaluation.resources.attribute(
        text_of(evaluation.value(argument[0])), text_of(evaluation.value(argument[1]))
    )


def _join(evaluation: Evaluation, argument: Any) -> str:
    if not isinstance(argument, list) or len(argument) != 2 or not isinstance(argument[0], str):
        raise ValidationError(
            "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of"
            " strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined."
        )
    return argument[0].join(evaluation.texts(argument[1], "Fn::Join"))


def _sub(evaluation: Evaluation, argument: Any) -> str:
    values: dict[str, Any] = {}
    if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], dict):
        argument, values = argument
    if not isinstance(argument, str):
        raise ValidationError(
            "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string"
            " as first argument, and an optional second argument to specify a mapping of values to replace in"
            " the string"
        )

    def replacement(found: re.Match[str]) -> str:
        name = found[1].strip()
        if name.startswith("!"):
            return "${" + name[1:] + "}"
        if name in values:
            return text_of(evaluation.value(values[name]))
        logical_id, dot, attribute = name.partition(".")
        if dot:
            return text_of(evaluation.resources.attribute(logical_id, attribute))
        return text_of(_ref(evaluation, name))

    return _SUB_NAME.sub(replacement, argument)


def _select(evaluation: Evaluation, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) != 2:
        raise ValidationError(
            "Template error: Fn::Select requires a list argument with two elements: an integer index and a list"
        )
    index, members = evaluation.value(argument[0]), evaluation.value(argument[1])
    if not isinstance(members, list):
        raise ValidationError("Template error: Fn::Select requires a list argument with a valid index")
    try:
        position = int(index)
    except (TypeError, ValueError):
        raise ValidationError("Template error: Fn::Select requires a list argument with a valid index") from None
    if not 0 <= position < len(members):
        raise ValidationError(f"Template error: Fn::Select  cannot select nonexistent value at index {position}")
    return members[position]


def _split(evaluation: Evaluation, argument: Any) -> list[str]:
    if not isinstance(argument, list) or len(argument) != 2 or not isinstance(argument[0], str) or not argument[0]:
        raise ValidationError(
            "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to"
            " be split or a function that returns a string to be split."
        )
    return text_of(evaluation.value(argument[1])).split(argument[0])


def _if(evaluation: Evaluation, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) != 3:
        raise ValidationError("Template error: Fn::If requires a list argument with three elements")
    holds = evaluation.condition(argument[0]) if isinstance(argument[0], str) else evaluation.test(argument[0])
    return evaluation.value(argument[1] if holds else argument[2])


def _equals(evaluation: Evaluation, argument: Any) -> bool:
    if not isinstance(argument, list) or len(argument) != 2:
        raise ValidationError("Template error: every Fn::Equals object requires a list of 2 string parameters.")
    left, right = evaluation.value(argument[0]), evaluation.value(argument[1])
    if isinstance(left, dict | list) or isinstance(right, dict | list):
        return bool(left == right)
    return text_of(left) == text_of(right)


def _and(evaluation: Evaluation, argument: Any) -> bool:
    return all(evaluation.test(member) for member in _operands(argument, "Fn::And", 2))


def _or(evaluation: Evaluation, argument: Any) -> bool:
    return any(evaluation.test(member) for member in _operands(argument, "Fn::Or", 2))


def _not(evaluation: Evaluation, argument: Any) -> bool:
    return not evaluation.test(_operands(argument, "Fn::Not", 1)[0])


def _operands(argument: Any, function: str, least: int) -> list[Any]:
    most = 1 if least == 1 else 10
    if not isinstance(argument, list) or not least <= len(argument) <= most:
        amount = "1 condition" if least == 1 else "2 to 10 conditions"
        raise ValidationError(f"Template error: every {function} object requires a list of {amount}.")
    return argument


def _condition(evaluation: Evaluation, argument: Any) -> Any:
    # A policy statement's Condition is an object: the same key, another thing.
    return evaluation.condition(argument) if isinstance(argument, str) else {"Condition": evaluation.value(argument)}


def _find_in_map(evaluation: Evaluation, argument: Any) -> Any:
    if not isinstance(argument, list) or not 3 <= len(argument) <= 4:
        raise ValidationError("Template error: Fn::FindInMap requires a list argument with three elements")
    names = [text_of(evaluation.value(member)) for member in argument[:3]]
    found: Any = evaluation.mappings
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    if found is None:
        default = argument[3] if len(argument) == 4 and evaluation.has_extensions else None
        if isinstance(default, dict) and "DefaultValue" in default:
            return evaluation.value(default["DefaultValue"])
        raise ValidationError(f"Template error: Unable to get mapping for {'::'.join(names)}")
    return found


def _base64(evaluation: Evaluation, argument: Any) -> str:
    return base64.b64encode(text_of(evaluation.value(argument)).encode()).decode()


def _get_azs(evaluation: Evaluation, argument: Any) -> list[str]:
    region = evaluation.value(argument) or evaluation.parameters["AWS::Region"]
    return [f"{region}{letter}" for letter in "abc"]


def _import_value(evaluation: Evaluation, argument: Any) -> str:
    name = text_of(evaluation.value(argument))
    if name not in evaluation.exports:
        raise ResourceFailure(f"No export named {name} found.")
    return evaluation.exports[name]


def _get_stack_output(evaluation: Evaluation, argument: Any) -> str:
    if not isinstance(argument, dict) or not {"StackName", "OutputName"} <= argument.keys() <= _STACK_OUTPUT:
        raise ValidationError("Template error: every Fn::GetStackOutput object requires StackName and OutputName")
    given = {name: text_of(evaluation.value(value)) for name, value in argument.items()}
    pseudo = evaluation.parameters
    account = given["RoleArn"].split(":")[4:5] if "RoleArn" in given else [pseudo["AWS::AccountId"]]
    stack, output = given["StackName"], given["OutputName"]
    key = (account[0] if account else "", given.get("Region", pseudo["AWS::Region"]), stack, output)
    if key not in evaluation.outputs:
        raise ResourceFailure(f"Output {output} of stack {stack} does not exist")
    return evaluation.outputs[key]


def _cidr(evaluation: Evaluation, argument: Any) -> list[str]:
    if not isinstance(argument, list) or not 2 <= len(argument) <= 3:
        raise ValidationError("Template error: every Fn::Cidr object requires two or three parameters")
    block, count, *bits = [text_of(evaluation.value(member)) for member in argument]
    if not count.isdecimal() or not 1 <= int(count[:4]) <= _MOST_BLOCKS or len(count) > 3:
        raise ValidationError(f"Template error: Fn::Cidr: the count must be between 1 and {_MOST_BLOCKS}")
    try:
        network = ipaddress.ip_network(block)
        prefix = network.max_prefixlen - int(bits[0] if bits else 8)
        subnets = network.subnets(new_prefix=prefix)
        found = [str(subnet) for subnet, _ in zip(subnets, range(int(count)), strict=False)]
    except ValueError as error:
        raise ValidationError(f"Template error: Fn::Cidr: {error}") from None
    if len(found) < int(count):
        raise ValidationError(f"Template error: Fn::Cidr: {block} does not hold {count} blocks of that size")
    return found


def _extension(name: str, function: Callable[[Evaluation, Any], Any]) -> Callable[[Evaluation, Any], Any]:
    def checked(evaluation: Evaluation, argument: Any) -> Any:
        if not evaluation.has_extensions:
            raise ValidationError(f"Template format error: {name} needs the transform AWS::LanguageExtensions")
        return function(evaluation, argument)

    return checked


def _length(evaluation: Evaluation, argument: Any) -> int:
    found = evaluation.value(argument)
    if not isinstance(found, list):
        raise ValidationError("Template error: Fn::Length requires a list argument")
    return len(found)


def _to_json_string(evaluation: Evaluation, argument: Any) -> str:
    return json.dumps(evaluation.value(argument), separators=(",", ":"))


def _list_and_other(evaluation: Evaluation, argument: Any, function: str) -> tuple[list[Any], Any]:
    found = evaluation.value(argument)
    if not isinstance(found, list) or len(found) != 2 or not isinstance(found[0], list):
        raise ValidationError(f"Template error: every {function} object requires a list and what to compare it with")
    return found[0], found[1]


def _contains(evaluation: Evaluation, argument: Any) -> bool:
    members, wanted = _list_and_other(evaluation, argument, "Fn::Contains")
    return text_of(wanted) in [text_of(member) for member in members]


def _each_member_in(evaluation: Evaluation, argument: Any) -> bool:
    checked, allowed = _list_and_other(evaluation, argument, "Fn::EachMemberIn")
    if not isinstance(allowed, list):
        raise ValidationError("Template error: every Fn::EachMemberIn object requires two lists")
    return set(map(text_of, checked)) <= set(map(text_of, allowed))


def _each_member_equals(evaluation: Evaluation, argument: Any) -> bool:
    members, wanted = _list_and_other(evaluation, argument, "Fn::EachMemberEquals")
    return all(text_of(member) == text_of(wanted) for member in members)


def _transform(evaluation: Evaluation, argument: Any) -> Any:
    name = argument.get("Name") if isinstance(argument, dict) else argument
    raise ValidationError(f"No transform named {name} found.")


_FUNCTIONS: Mapping[str, Callable[[Evaluation, Any], Any]] = {
    "Condition": _condition,
    "Fn::And": _and,
    "Fn::Base64": _base64,
    "Fn::Cidr": _cidr,
    "Fn::Contains": _contains,
    "Fn::EachMemberEquals": _each_member_equals,
    "Fn::EachMemberIn": _each_member_in,
    "Fn::Equals": _equals,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": _get_azs,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::GetStackOutput": _get_stack_output,
    "Fn::ImportValue": _import_value,
    "Fn::Join": _join,
    "Fn::Length": _extension("Fn::Length", _length),
    "Fn::Not": _not,
    "Fn::Or": _or,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
    "Fn::ToJsonString": _extension("Fn::ToJsonString", _to_json_string),
    "Fn::Transform": _transform,
    "Ref": _ref,
}
FUNCTION_NAMES = frozenset(_FUNCTIONS)
