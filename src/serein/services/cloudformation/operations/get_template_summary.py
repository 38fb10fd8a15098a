"""GetTemplateSummary: what a template declares and needs."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.functions import text_of
from serein.services.cloudformation.store import stacks
from serein.services.cloudformation.submission import iam_capabilities, template_text
from serein.services.cloudformation.templates import check_resources, parse_template, transforms_of
from serein.services.cloudformation.types import find_description

_CONSTRAINTS = ("AllowedPattern", "ConstraintDescription", "MaxLength", "MinLength", "MaxValue", "MinValue")


@operation("GetTemplateSummary")
async def get_template_summary(call: Call, request: Request) -> Reply:
    if "StackName" in request:
        stack = await call.read(lambda tx: stacks.require_stack(tx, call.scope, request["StackName"]))
        text = stack.definition.template_text
    else:
        text = await template_text(call, request, None)
    template = parse_template(text)
    transforms = [it if isinstance(it, str) else str(it.get("Name")) for it in transforms_of(template)]
    if not transforms:
        check_resources(template)
    resources = [it for it in template["Resources"].values() if isinstance(it, dict) and "Type" in it]
    reply: Reply = {
        "Parameters": [_declared(name, it) for name, it in template.get("Parameters", {}).items()],
        "ResourceTypes": sorted({it["Type"] for it in resources}),
        "Version": "2010-09-09",
    }
    if not transforms:
        reply["ResourceIdentifierSummaries"] = _identifiers(template["Resources"])
    if "Description" in template:
        reply["Description"] = template["Description"]
    if "Metadata" in template:
        reply["Metadata"] = str(template["Metadata"])
    if transforms:
        reply["DeclaredTransforms"] = transforms
    capabilities = iam_capabilities({"Resources": {str(index): it for index, it in enumerate(resources)}})
    if capabilities:
        reply["Capabilities"] = capabilities
        named = sorted({it["Type"] for it in resources if it["Type"].startswith("AWS::IAM::")})
        reply["CapabilitiesReason"] = f"The following resource(s) require capabilities: [{', '.join(named)}]"
    return reply


def _declared(name: str, definition: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "ParameterKey": name,
        "ParameterType": definition.get("Type", "String"),
        "NoEcho": str(definition.get("NoEcho", "false")).lower() == "true",
    }
    constraints: dict[str, Any] = {key: text_of(definition[key]) for key in _CONSTRAINTS if key in definition}
    if "AllowedValues" in definition:
        constraints["AllowedValues"] = [text_of(value) for value in definition["AllowedValues"]]
    if constraints:
        shown["ParameterConstraints"] = constraints
    if "Default" in definition:
        shown["DefaultValue"] = text_of(definition["Default"])
    if "Description" in definition:
        shown["Description"] = definition["Description"]
    return shown


def _identifiers(resources: dict[str, Any]) -> list[dict[str, Any]]:
    """What identifies the resources that could be imported, by type."""
    named: dict[str, list[str]] = {}
    for logical_id, resource in resources.items():
        named.setdefault(resource["Type"], []).append(logical_id)
    return [
        {"ResourceType": name, "LogicalResourceIds": logical_ids, "ResourceIdentifiers": list(found.identifier)}
        for name, logical_ids in sorted(named.items())
        if (found := find_description(name)) is not None and found.identifier
    ]
