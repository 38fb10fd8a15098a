"""GetTemplate: a stack's or a change set's template, as given or after its transforms."""

import json

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.stacks import Definition
from serein.services.cloudformation.store import change_sets, stacks
from serein.services.cloudformation.templates import parse_template, transforms_of
from serein.services.cloudformation.transforms.macros import has_snippets


@operation("GetTemplate")
async def get_template(call: Call, request: Request) -> Reply:
    def read(tx: Transaction) -> Definition:
        if "ChangeSetName" in request:
            found = change_sets.require_change_set(
                tx, call.scope, request.get("StackName", ""), request["ChangeSetName"]
            )
            return found.definition
        if "StackName" not in request:
            raise ValidationError("Stack name must be specified")
        return stacks.require_stack(tx, call.scope, request["StackName"]).definition

    definition = await call.read(read)
    text = definition.template_text
    template = parse_template(text) if text else {}
    has_transforms = bool(transforms_of(template)) or has_snippets(template)
    if request.get("TemplateStage") == "Processed" and has_transforms:
        text = json.dumps(definition.processed)
    return {"TemplateBody": text, "StagesAvailable": ["Original", "Processed"]}
