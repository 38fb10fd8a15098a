"""What AWS finds wrong with a Task's resource and its parameters before anything runs, in its words.

`find_resource_fault` and `parameter_faults` know the optimized integrations and need nothing but the definition;
`sdk_faults` asks AWS's API models, which only a platform has.
"""

from typing import Any

from serein.kernel.call import Platform
from serein.services.stepfunctions.tasks.integrations import Integration, find_integration
from serein.services.stepfunctions.tasks.resources import Resource, UnknownResource
from serein.services.stepfunctions.tasks.sdk import find_sdk_fault, is_here


def find_resource_fault(resource: Resource) -> str:
    """Why AWS refuses a parsed resource; empty when it takes it."""
    if resource.kind == "sdk":
        return str(UnknownResource(resource.arn)) if resource.waits_for_job else ""
    if resource.kind != "service":
        return ""
    integration = find_integration(resource.service, resource.action)
    if integration is None or resource.pattern not in integration.patterns:
        return str(UnknownResource(resource.arn))
    return ""


def find_warning(resource: Resource) -> str:
    """What a user must know of an integration that AWS has and Serein has not; empty when there is nothing."""
    if resource.kind != "service":
        return ""
    integration = find_integration(resource.service, resource.action)
    if integration is None or integration.is_here:
        return ""
    return f"Serein does not implement {resource.arn}: the state will fail when it runs"


def parameter_faults(resource: Resource, parameters: Any) -> list[str]:
    """What is wrong with the fields of an optimized integration's Parameters or Arguments, as the definition has them.

    Names that end in `.$` are looked at only when the task runs, as on AWS. A value that isn't an object (absent, or
    an expression as a whole) has nothing to say yet.
    """
    integration = None if resource.kind != "service" else find_integration(resource.service, resource.action)
    if integration is None or not integration.is_here or not isinstance(parameters, dict):
        return []
    static = [name for name in parameters if not name.endswith(".$")]
    return field_faults(integration, static, {name.removesuffix(".$") for name in parameters})


def field_faults(integration: Integration, names: list[str], given: set[str]) -> list[str]:
    """Fields that are not known, and those that are missing."""
    fields = integration.fields
    faults = [f'The field "{name}" is not supported by Step Functions' for name in names if name not in fields]
    faults += [f'The field "{name}" is required but was missing' for name in integration.required if name not in given]
    return faults


def sdk_faults(platform: Platform, resource: Resource, parameters: Any) -> list[str]:
    """The same for SDK integrations, and whether there is such an operation."""
    assert platform.documents is not None, "the gateway is there before anything runs"
    found = platform.documents.find_operation(resource.service, resource.action)
    if found is None or find_sdk_fault(platform, resource):
        return [str(UnknownResource(resource.arn))]
    return platform.documents.faults(*found, parameters, is_template=True)


def find_sdk_warning(platform: Platform, resource: Resource) -> str:
    """What a user must know of an SDK integration; empty when there is nothing."""
    if is_here(platform, resource):
        return ""
    return f"Serein does not implement {resource.arn}: the state will fail when it runs"
