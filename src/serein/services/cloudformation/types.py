"""Resource types: the handlers that services bring, and the types that AWS has.

`resource_types.txt` is made from AWS's published resource provider schemas
(https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schemas.html), one type a line: name,
primary identifier, attributes, properties; `!` marks a required property and `#` one whose change needs a new resource.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from serein.kernel.operation import Catalog
from serein.kernel.resource import Resource
from serein.services.cloudformation.builtin import BUILTIN
from serein.services.cloudformation.inert import InertType

CUSTOM = "AWS::CloudFormation::CustomResource"


@dataclass(frozen=True, slots=True)
class Description:
    """What AWS's schema says of a type."""

    name: str
    identifier: tuple[str, ...]
    attributes: frozenset[str]
    properties: frozenset[str]
    required: frozenset[str]
    replaced_by: frozenset[str]


@cache
def _lines() -> dict[str, str]:
    text = (Path(__file__).parent / "resource_types.txt").read_text()
    return {line.partition(" ")[0]: line for line in text.splitlines()}


@lru_cache(maxsize=512)
def find_description(type_name: str) -> Description | None:
    """What AWS says of the type, or None when AWS has no such type."""
    line = _lines().get(type_name)
    if line is None:
        return None
    name, identifier, attributes, properties = ([] if part == "-" else part.split(",") for part in line.split(" "))
    return Description(
        name[0],
        tuple(identifier),
        frozenset(attributes),
        frozenset(member.rstrip("!#") for member in properties),
        frozenset(member.rstrip("!#") for member in properties if "!" in member),
        frozenset(member.rstrip("!#") for member in properties if "#" in member),
    )


def known_types() -> Iterable[str]:
    """The names of all types that AWS has, SAM's among them."""
    return _lines().keys()


def is_custom(type_name: str) -> bool:
    return type_name == CUSTOM or type_name.startswith("Custom::")


def is_known(catalog: Catalog, type_name: str) -> bool:
    """Whether CloudFormation would recognise the type."""
    return is_custom(type_name) or find_description(type_name) is not None or type_name in handlers(catalog)


@cache
def handlers(catalog: Catalog) -> dict[str, Resource]:
    """Every handler by its type's name, found by looking through the services' `resources` modules."""
    found: dict[str, Resource] = dict(BUILTIN)
    for folder in catalog.folders:
        module = catalog.find_module(folder, "resources")
        for value in vars(module).values() if module is not None else ():
            name = value.__dict__.get("__resource_type__") if isinstance(value, type) else None
            if name is not None:
                found[name] = value()
    return found


def handler_of(catalog: Catalog, type_name: str) -> Resource:
    """The type's handler; for a type that no service here has, one that only records."""
    if is_custom(type_name):
        return BUILTIN[CUSTOM]
    found = handlers(catalog).get(type_name)
    if found is not None:
        return found
    description = find_description(type_name)
    return InertType(
        type_name,
        description.identifier if description else (),
        description.attributes if description else frozenset(),
        description.properties if description else frozenset(),
        description.replaced_by if description else frozenset(),
    )
