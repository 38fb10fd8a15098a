"""The tree of an API's resources: which path parts may stand beside and below one another."""

import re
from typing import Any

from serein.kernel.ids import random_lower
from serein.services.apigateway.control.patches import Patch, require_listed
from serein.services.apigateway.errors import (
    BadRequestException,
    ConflictException,
    not_found,
    require_room,
)

Settings = dict[str, Any]
MOST_RESOURCES = 300
_PART = re.compile(r"[a-zA-Z0-9._\-:,@$!~*]+|\{[a-zA-Z0-9._\-:]+\+?\}")
_PATCHED = {"replace": ("/parentId", "/pathPart")}


def root_resource(resource_id: str) -> Settings:
    return {"id": resource_id, "path": "/"}


def new_resource(resources: dict[str, Settings], parent_id: str, part: str) -> Settings:
    """A resource below another one, both by id in `resources`. Raises NotFound-, BadRequest-, ConflictException."""
    parent = require_resource(resources, parent_id)
    require_room(len(resources), MOST_RESOURCES, "Resources")
    resource = {"id": random_lower(6), "parentId": parent_id, "pathPart": part, "path": path_below(parent, part)}
    require_place(resources, resource)
    return resource


def path_below(parent: Settings, part: str) -> str:
    return f"{parent['path'].rstrip('/')}/{part}"


def require_resource(resources: dict[str, Settings], resource_id: str) -> Settings:
    found = resources.get(resource_id)
    if found is None:
        raise not_found("Resource")
    return found


def require_place(resources: dict[str, Settings], resource: Settings) -> None:
    """Raises BadRequestException or ConflictException when a resource can't be where it says."""
    part = resource["pathPart"]
    if not _PART.fullmatch(part):
        raise BadRequestException(
            "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the "
            "beginning and the end."
        )
    parent = resources[resource["parentId"]]
    parent_part = parent.get("pathPart", "")
    if parent_part.endswith("+}"):
        raise BadRequestException(f"Cannot create a child of a resource with a greedy path variable: {parent_part}")
    for sibling in resources.values():
        if sibling.get("parentId") != resource["parentId"] or sibling["id"] == resource["id"]:
            continue
        if sibling["pathPart"] == part:
            raise ConflictException(f"Another resource with the same parent already has this name: {part}")
        if part.startswith("{") and sibling["pathPart"].startswith("{"):
            raise BadRequestException(
                f"A sibling ({sibling['pathPart']}) of this resource already has a variable path part -- only one is "
                "allowed"
            )


def family_of(resources: dict[str, Settings], resource_id: str) -> list[Settings]:
    """A resource and all below it, parents first."""
    family = [resources[resource_id]]
    for member in family:
        family.extend(found for found in resources.values() if found.get("parentId") == member["id"])
    return family


def patch_resource(resources: dict[str, Settings], resource: Settings, patch: Patch) -> None:
    """Move or rename a resource; the paths of all below it change too. Raises as `new_resource`."""
    member = require_listed(patch, _PATCHED)
    if "parentId" not in resource:
        raise BadRequestException(f"Root resource cannot update its {member}.")
    if member == "parentId":
        require_resource(resources, patch.text)
        if any(found["id"] == patch.text for found in family_of(resources, resource["id"])):
            raise BadRequestException("Resources cannot be cyclical.")
    resource[member] = patch.text
    require_place(resources, resource)
    for found in family_of(resources, resource["id"]):
        found["path"] = path_below(resources[found["parentId"]], found["pathPart"])


def shown_resource(resource: Settings, *, has_methods: bool) -> Settings:
    """A resource as it is answered: with its methods when they are asked for, else with their verbs alone."""
    shown = {name: value for name, value in resource.items() if name != "resourceMethods"}
    methods = resource.get("resourceMethods")
    if methods:
        shown["resourceMethods"] = methods if has_methods else {verb: {} for verb in methods}
    return shown
