"""Pieces that the templates of services are made of: logical ids as the framework forms them, permissions, ARNs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Resource = dict[str, Any]
PARTITION, REGION, ACCOUNT = {"Ref": "AWS::Partition"}, {"Ref": "AWS::Region"}, {"Ref": "AWS::AccountId"}
_OTHER = re.compile(r"[^0-9A-Za-z]")


@dataclass(slots=True)
class Made:
    """What a part of a service comes to."""

    resources: dict[str, Resource] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    statements: list[dict[str, Any]] = field(default_factory=list)
    """For the role that the service's functions share."""


def normalized(name: str) -> str:
    """A function's or an authorizer's name as part of a logical id."""
    return capitalized(name.replace("-", "Dash").replace("_", "Underscore"))


def alphanumeric(name: str) -> str:
    """A topic's, queue's, bucket's or stream's name as part of a logical id."""
    return capitalized(_OTHER.sub("", name))


def path_part(part: str) -> str:
    """One part of a path as part of a logical id: `{userId}` is `UseridVar`."""
    text = re.sub(r"\{(.*)\}", r"\1Var", part.lower().replace("-", "Dash"))
    return alphanumeric(text)


def capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def resource(kind: str, properties: Mapping[str, Any], **attributes: Any) -> Resource:
    """A resource without those properties and attributes that are None."""
    given = {name: value for name, value in properties.items() if value is not None}
    more = {name: value for name, value in attributes.items() if value is not None}
    return {"Type": kind, "Properties": given, **more}


def permission(function: Any, principal: Any, source: Any = None, **more: Any) -> Resource:
    """What allows a service to invoke a function."""
    properties = {
        "FunctionName": function,
        "Action": "lambda:InvokeFunction",
        "Principal": principal,
        "SourceArn": source,
        **more,
    }
    return resource("AWS::Lambda::Permission", properties)


def joined(*parts: Any) -> Any:
    return {"Fn::Join": ["", list(parts)]}


def arn(service: str, *rest: Any) -> Any:
    """An ARN of this account and region, as the framework joins it: a text goes with the colon before it."""
    first = rest[0] if isinstance(rest[0], str) else ""
    return joined("arn:", PARTITION, f":{service}:", REGION, ":", ACCOUNT, f":{first}", *rest[1 if first else 0 :])


def allowed(actions: list[str], resources: list[Any]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}
