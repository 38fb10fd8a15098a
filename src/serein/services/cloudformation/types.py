"""Resource types: the handlers that services bring, and the types that AWS has."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from serein.kernel.operation import Catalog
from serein.kernel.resource import Resource
from serein.services.cloudformation.builtin import BUILTIN
from serein.services.cloudformation.inert import InertType
from serein.services.cloudformation.type_data import find_type, is_type

CUSTOM = "AWS::CloudFormation::CustomResource"


@dataclass(frozen=True, slots=True)
class Description:
    """What AWS's schema says of a type."""

    name: str
    identifier: tuple[str, ...]
    attributes: Mapping[str, str]
    """What GetAtt answers besides the properties, and what JSON calls its values."""
    properties: frozenset[str]
    replaced_by: frozenset[str]
    """Whose change needs a new resource; a path like `Code/ZipFile` where it is a part of a property."""


@lru_cache(maxsize=512)
def find_description(type_name: str) -> Description | None:
    """What AWS says of the type, or None when AWS has no such type."""
    schema = find_type(type_name)
    if schema is None:
        return None
    nested = {
        path.replace("/", "."): "string" for path in schema.get("read", ()) if "/*" not in path and path.count("/") < 3
    }
    return Description(
        type_name,
        tuple(schema.get("identifier", ())),
        nested | schema.get("attributes", {}),
        frozenset(schema.get("properties", ())),
        frozenset(schema.get("created", ())),
    )


def is_custom(type_name: str) -> bool:
    return type_name == CUSTOM or type_name.startswith("Custom::")


def is_known(catalog: Catalog, type_name: str) -> bool:
    """Whether CloudFormation would recognise the type."""
    return is_custom(type_name) or is_type(type_name) or type_name in handlers(catalog)


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
    if catalog.stand_in is not None and description is not None:
        made_elsewhere = catalog.stand_in.find_resource(type_name, description.properties, description.attributes)
        if made_elsewhere is not None:
            return made_elsewhere
    return InertType(
        type_name,
        description.identifier if description else (),
        description.attributes if description else {},
        description.properties if description else frozenset(),
        description.replaced_by if description else frozenset(),
    )
