"""ValidateTemplate: whether a template has a template's form, and what it declares."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.functions import text_of
from serein.services.cloudformation.submission import check, iam_capabilities, template_text
from serein.services.cloudformation.templates import parse_template, transforms_of


@operation("ValidateTemplate")
async def validate_template(call: Call, request: Request) -> Reply:
    template = parse_template(await template_text(call, request, None))
    transforms = [it if isinstance(it, str) else str(it.get("Name")) for it in transforms_of(template)]
    reply: Reply = {"Parameters": []}
    for name, definition in template.get("Parameters", {}).items():
        shown = {"ParameterKey": name, "NoEcho": str(definition.get("NoEcho", "false")).lower() == "true"}
        if "Default" in definition:
            shown["DefaultValue"] = text_of(definition["Default"])
        if "Description" in definition:
            shown["Description"] = definition["Description"]
        reply["Parameters"].append(shown)
    if "Description" in template:
        reply["Description"] = template["Description"]
    if transforms:
        # AWS: transforms aren't run, so what they would expand isn't checked.
        reply["DeclaredTransforms"] = transforms
        reply["Capabilities"] = ["CAPABILITY_AUTO_EXPAND"]
        return reply
    check(call, template)
    capabilities = iam_capabilities(template)
    if capabilities:
        reply["Capabilities"] = capabilities
        named = sorted({it["Type"] for it in template["Resources"].values() if it["Type"].startswith("AWS::IAM::")})
        reply["CapabilitiesReason"] = f"The following resource(s) require capabilities: [{', '.join(named)}]"
    return reply
