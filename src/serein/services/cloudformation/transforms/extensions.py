"""AWS::LanguageExtensions: Fn::ForEach, unrolled before the template is read further.

The extension's functions (Fn::Length, Fn::ToJsonString, defaults of Fn::FindInMap) are worked out with the others.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html
"""

import re
from typing import Any

from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.functions import Evaluation, text_of
from serein.services.cloudformation.templates import Template

NAME = "AWS::LanguageExtensions"
_PREFIX = "Fn::ForEach::"


def unroll(template: Template, evaluation: Evaluation) -> Template:
    """The template with its loops replaced by what they stand for. Raises ValidationError."""
    unrolled: Template = _walk(template, evaluation, {})
    return unrolled


def _walk(value: Any, evaluation: Evaluation, names: dict[str, str]) -> Any:
    if isinstance(value, str):
        return _filled(value, names)
    if isinstance(value, list):
        return [_walk(member, evaluation, names) for member in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and value.get("Ref") in names:
        return names[value["Ref"]]
    found: dict[str, Any] = {}
    for name, member in value.items():
        if name.startswith(_PREFIX):
            found.update(_loop(name, member, evaluation, names))
        # AWS: the transform leaves out what is null (aws-cloudformation/cfn-language-discussion, issue 100).
        elif member is not None:
            found[_filled(name, names)] = _walk(member, evaluation, names)
    return found


def _loop(name: str, arguments: Any, evaluation: Evaluation, names: dict[str, str]) -> dict[str, Any]:
    if not isinstance(arguments, list) or len(arguments) != 3 or not isinstance(arguments[2], dict):
        raise ValidationError(f"Transform {NAME} failed with: Fn::ForEach layout is incorrect ({name})")
    identifier, collection, body = arguments
    members = evaluation.value(_walk(collection, evaluation, names))
    if not isinstance(identifier, str) or not isinstance(members, list):
        raise ValidationError(f"Transform {NAME} failed with: Fn::ForEach layout is incorrect ({name})")
    found: dict[str, Any] = {}
    for member in members:
        for key, value in _walk(body, evaluation, names | {identifier: text_of(member)}).items():
            if key in found:
                raise ValidationError(f"Transform {NAME} failed with: Fn::ForEach makes {key} more than once ({name})")
            found[key] = value
    return found


def _filled(text: str, names: dict[str, str]) -> str:
    if not names or "{" not in text:
        return text

    def replacement(found: re.Match[str]) -> str:
        value = names.get(found[2])
        if value is None:
            return found[0]
        return "".join(char for char in value if char.isalnum()) if found[1] == "&" else value

    return re.sub(r"([$&])\{(\w+)\}", replacement, text)
