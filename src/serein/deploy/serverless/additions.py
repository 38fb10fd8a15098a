"""`resources` of a service: its own CloudFormation beside what the framework makes, and extensions of that.

https://www.serverless.com/framework/docs/providers/aws/guide/resources
"""

from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.service import Service, deep_merged, merged_list

_REPLACED = ("Condition", "CreationPolicy", "DeletionPolicy", "UpdatePolicy", "UpdateReplacePolicy")


def with_additions(service: Service, template: dict[str, Any]) -> dict[str, Any]:
    """The template with the service's own parts. Raises TemplateInvalid."""
    given = service.document.get("resources")
    # Files of a list have either all the parts or, in old projects, resources without any heading.
    own = merged_list(given, "resources")
    extensions = own.pop("extensions", None) or {}
    merged = deep_merged(template, {key: value for key, value in own.items() if value is not None})
    for logical_id, extension in extensions.items():
        resource = merged["Resources"].get(logical_id)
        if resource is None:
            raise TemplateInvalid(f"resources.extensions names {logical_id}, which is not in the template.")
        merged["Resources"][logical_id] = _extended(logical_id, resource, extension or {})
    return merged


def _extended(logical_id: str, resource: dict[str, Any], extension: dict[str, Any]) -> dict[str, Any]:
    extended = dict(resource)
    for attribute, value in extension.items():
        if attribute in _REPLACED:
            extended[attribute] = value
        elif attribute in ("Properties", "Metadata"):
            extended[attribute] = {**(extended.get(attribute) or {}), **value}
        elif attribute == "DependsOn":
            waits = extended.get("DependsOn") or []
            extended["DependsOn"] = [
                *([waits] if isinstance(waits, str) else waits),
                *([value] if isinstance(value, str) else value),
            ]
        else:
            raise TemplateInvalid(f"resources.extensions.{logical_id} has {attribute}, which can't be extended.")
    return extended
