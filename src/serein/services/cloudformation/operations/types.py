"""The types of the registry: listed and described."""

import asyncio

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.pages import page_of
from serein.services.cloudformation.registry.entries import (
    arn_of_type,
    named_type,
    names_by_provisioning,
    provisioning_type,
    require_type,
    schema_of,
)
from serein.services.cloudformation.registry.errors import CFNRegistryException, TypeNotFoundException
from serein.services.cloudformation.type_data import is_type

_DOCUMENTATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html"


@operation("ListTypes")
async def list_types(call: Call, request: Request) -> Reply:
    """AWS: without a visibility, only an account's own types are listed; here there are none."""
    filters = request.get("Filters", {})
    names: list[str] = []
    if (
        request.get("Visibility") == "PUBLIC"
        and request.get("Type", "RESOURCE") == "RESOURCE"
        and request.get("DeprecatedStatus", "LIVE") == "LIVE"
        and filters.get("Category", "AWS_TYPES") == "AWS_TYPES"
        and "PublisherId" not in filters
    ):
        # Why a thread: the first time, all schemas are read, which takes a quarter of a second.
        found = await asyncio.to_thread(names_by_provisioning)
        names = found.get(request.get("ProvisioningType", "FULLY_MUTABLE"), [])
    prefix = filters.get("TypeNamePrefix", "")
    shown = [
        {
            "Type": "RESOURCE",
            "TypeName": name,
            "TypeArn": arn_of_type(call.scope, name),
            "Description": f"Resource Type definition for {name}",
            "IsActivated": True,
        }
        for name in names
        if name.startswith(prefix)
    ]
    return page_of("TypeSummaries", shown, request)


@operation("DescribeType")
async def describe_type(call: Call, request: Request) -> Reply:
    if "PublisherId" in request or "PublicVersionNumber" in request or "VersionId" in request:
        raise TypeNotFoundException("Only the types of AWS are here: they have no publisher and no versions")
    name, found = require_type(request)
    return {
        "Arn": arn_of_type(call.scope, name),
        "Type": "RESOURCE",
        "TypeName": name,
        "IsDefaultVersion": True,
        "Description": f"Resource Type definition for {name}",
        "Schema": schema_of(name, found),
        "ProvisioningType": provisioning_type(found),
        "DeprecatedStatus": "LIVE",
        "Visibility": "PUBLIC",
        "DocumentationUrl": _DOCUMENTATION,
        "IsActivated": True,
    }


@operation("ListTypeVersions")
async def list_type_versions(call: Call, request: Request) -> Reply:
    """AWS's own types have no versions that could be chosen."""
    name = named_type(request)
    if not is_type(name):
        raise CFNRegistryException(f"The type '{name}' cannot be found.")
    return page_of("TypeVersionSummaries", [], request)


@operation("ListTypeRegistrations")
async def list_type_registrations(call: Call, request: Request) -> Reply:
    return page_of("RegistrationTokenList", [], request)


@operation("DescribeTypeRegistration")
async def describe_type_registration(call: Call, request: Request) -> Reply:
    raise CFNRegistryException(f"No registration token matches the provided value: {request['RegistrationToken']}")


@operation("BatchDescribeTypeConfigurations")
async def batch_describe_type_configurations(call: Call, request: Request) -> Reply:
    """AWS's own types have no configurations."""
    errors = [
        {
            "ErrorCode": "TypeConfigurationNotFoundException",
            "ErrorMessage": "The specified extension configuration can't be found.",
            "TypeConfigurationIdentifier": identifier,
        }
        for identifier in request["TypeConfigurationIdentifiers"]
    ]
    return {"Errors": errors, "UnprocessedTypeConfigurations": [], "TypeConfigurations": []}
