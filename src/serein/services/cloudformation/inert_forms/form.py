"""The form of a type's values.

A form is a text with places: `{partition}`, `{region}`, `{account}` and `{suffix}` (amazonaws.com), `{name}` (what the
template calls the resource, else the name that CloudFormation makes), `{low}` (the same in small letters), `{host}`
(the same without a scheme), `{ref}` (what Ref answers), `{uuid}`, `{octet}` (of an address), `{property:X}` (one that
the template gives, or nothing), and with a number of characters `{hex17}`, `{az13}` (capital letters and digits),
`{an26}` (small letters and digits), `{mixed9}` (all of these) and `{digits9}`. What a place is filled with stays as
long as the resource lives.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Form:
    """How a type's values look."""

    ref: str
    """What Ref answers."""
    named: str = ""
    """The property that names the resource; a path where it is within another."""
    attributes: Mapping[str, str] = field(default_factory=dict)


def arn(service: str, resource: str, *, is_global: bool = False) -> str:
    return f"arn:{{partition}}:{service}:{'' if is_global else '{region}'}:{{account}}:{resource}"


def of_arn(service: str, resource: str, named: str = "", **attributes: str) -> Form:
    """A type whose Ref is its ARN."""
    return Form(arn(service, resource), named, attributes)


def of_name(service: str, kind: str, named: str, **attributes: str) -> Form:
    """A type whose Ref is its name, and whose ARN ends in it."""
    return Form("{name}", named, {"Arn": arn(service, f"{kind}{{ref}}"), **attributes})


def of_id(ref: str, *attributes: str, **others: str) -> Form:
    """A type whose Ref is an id that AWS makes, which `attributes` answer too."""
    return Form(ref, "", {**dict.fromkeys(attributes, "{ref}"), **others})


AT = "{region}.{suffix}"
"""The end of most host names."""
