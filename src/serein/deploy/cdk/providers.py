"""Functions that the CDK's library adds to an app: the providers of its custom resources."""

import re
from collections.abc import Set

from serein.deploy.templates import Template

_SINGLETON = re.compile(r".*[0-9a-fA-F]{32}")
"""Functions that a stack has once have a UUID in their names."""
_PREFIXES = ("Custom::", "framework-")


def helper_functions(template: Template) -> Set[str]:
    """The logical ids of a template's functions that the app did not declare, by their paths in the construct tree."""
    return {
        logical_id
        for logical_id, resource in template["Resources"].items()
        if resource.get("Type") == "AWS::Lambda::Function" and _is_added(resource)
    }


def _is_added(resource: dict[str, object]) -> bool:
    metadata = resource.get("Metadata")
    path = str(metadata.get("aws:cdk:path", "")) if isinstance(metadata, dict) else ""
    return any(part.startswith(_PREFIXES) or _SINGLETON.fullmatch(part) for part in path.split("/"))
