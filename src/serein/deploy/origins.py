"""From what CloudFormation calls a resource to where a person wrote it.

SAM makes several resources of one, and a serverless.yml has no resources for most of what it becomes: a failure, an
unknown property or a setting without effect is told with what stands in the file.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from serein.deploy.errors import DeployFailed, Place
from serein.deploy.packaging import NESTED, is_local
from serein.deploy.places import Positions
from serein.deploy.serverless.fragments import normalized
from serein.deploy.templates import Project, Template, read_template

_IMPLICIT_APIS = {"ServerlessRestApi": "Api", "ServerlessHttpApi": "HttpApi"}
_CONSTRUCT = "aws:cdk:path"


@dataclass(frozen=True, slots=True)
class Origin:
    """What a person wrote that a resource comes from."""

    name: str
    """The logical id in the file, or the place in a serverless.yml ("functions.hello")."""
    place: Place | None
    keys: tuple[str | int, ...] = ()
    """The path to it in its file."""
    construct: str = ""
    """For what the CDK made: the path of the construct."""


class Origins:
    """The resources of one template and where each comes from."""

    def __init__(self, project: Project, template: Template) -> None:
        """`template` is as the project says it: before SAM's transform, after the compilation of a serverless.yml."""
        self._project = project
        self._template = template
        self.positions = Positions(project.template_path)

    def find(self, path: tuple[str, ...], *inner: str | int) -> Origin | None:
        """Where a resource comes from, or what is inside of it; None when nothing in the file is known of it.

        `path` is the resource's logical id after those of the stacks that it is nested in.
        """
        if len(path) > 1:
            nested = self._nested(path[0])
            found = nested.find(path[1:], *inner) if nested is not None else None
            return found or self.find(path[:1])
        keys = self._keys(path[0])
        if keys is None:
            return None
        place = self.positions.nearest(*keys, *self._inner(keys, inner))
        metadata = (self._resources.get(path[0]) or {}).get("Metadata") or {}
        name = ".".join(map(str, keys)) if self._project.is_service else str(keys[-1])
        return Origin(name, place, keys, str(metadata.get(_CONSTRUCT, "")))

    def find_text(self, text: str) -> Place | None:
        """The first line that has a name, not as a part of a longer one."""
        name = re.compile(rf"(?<![\w:-]){re.escape(text)}(?![\w:-])")
        try:
            lines = self._project.template_path.read_text().splitlines()
        except (OSError, UnicodeDecodeError):
            return None
        number = next((number for number, line in enumerate(lines, 1) if name.search(line)), None)
        return Place(self._project.template_path, number) if number is not None else None

    def resource(self, path: tuple[str, ...]) -> Mapping[str, Any]:
        """The resource as the project says it; empty when it is not written there."""
        if len(path) > 1:
            nested = self._nested(path[0])
            return nested.resource(path[1:]) if nested is not None else {}
        found = self._resources.get(path[0])
        return found if isinstance(found, dict) else {}

    @property
    def names(self) -> list[str]:
        """The logical ids and parameters that the template has."""
        return [*self._resources, *(self._template.get("Parameters") or {})]

    @property
    def _resources(self) -> dict[str, Any]:
        found = self._template.get("Resources")
        return found if isinstance(found, dict) else {}

    def _nested(self, logical_id: str) -> "Origins | None":
        resource = self._resources.get(logical_id) or {}
        location = (resource.get("Properties") or {}).get(NESTED.get(resource.get("Type", ""), ""))
        if not is_local(location):
            return None
        path = (self._project.folder / location).resolve()
        try:
            return Origins(Project(path.parent, path), read_template(path))
        except DeployFailed:
            return None

    def _keys(self, logical_id: str) -> tuple[str | int, ...] | None:
        if self._project.is_service:
            return self._service_keys(logical_id)
        written = self._written(logical_id)
        return ("Resources", written) if written else None

    def _written(self, logical_id: str) -> str:
        """The resource in the template that a logical id is, or was made from."""
        if logical_id in self._resources:
            return logical_id
        makers = [name for name in self._resources if logical_id.startswith(name)]
        if makers:
            return max(makers, key=len)
        kind = next((kind for prefix, kind in _IMPLICIT_APIS.items() if logical_id.startswith(prefix)), "")
        return next((name for name, each in self._resources.items() if kind and _has_event(each, kind)), "")

    def _service_keys(self, logical_id: str) -> tuple[str | int, ...] | None:
        for keys in self._resource_keys():
            if self.positions.find(*keys, logical_id) is not None:
                return (*keys, logical_id)
        for section, suffix in (("functions", ""), ("layers", "LambdaLayer")):
            makers = [
                key for key in self.positions.names_under(section) if logical_id.startswith(normalized(key) + suffix)
            ]
            if makers:
                return (section, max(makers, key=len))
        # What belongs to no function by its name may still call one: a method of an API, a rule.
        text = json.dumps(self._resources.get(logical_id) or {}, default=str)
        for key in self.positions.names_under("functions"):
            if f'"{normalized(key)}LambdaFunction"' in text:
                return ("functions", key)
        return None

    def _resource_keys(self) -> list[tuple[str | int, ...]]:
        """Where a serverless.yml has resources of CloudFormation's: in an object, or in a list of them."""
        keys: list[tuple[str | int, ...]] = [("resources", "Resources")]
        number = 0
        while self.positions.find("resources", number) is not None:
            keys.append(("resources", number, "Resources"))
            number += 1
        return keys

    def _inner(self, keys: tuple[str | int, ...], inner: tuple[str | int, ...]) -> tuple[str | int, ...]:
        """The keys inside of a resource; a function of a serverless.yml has its properties in other words."""
        if keys[0] in ("functions", "layers"):
            names = [name for name in inner if name != "Properties"]
            return tuple(name[:1].lower() + name[1:] if isinstance(name, str) else name for name in names)
        return inner


def _has_event(resource: Any, kind: str) -> bool:
    properties = resource.get("Properties") if isinstance(resource, dict) else None
    events = properties.get("Events") if isinstance(properties, dict) else None
    return isinstance(events, dict) and any(isinstance(it, dict) and it.get("Type") == kind for it in events.values())
