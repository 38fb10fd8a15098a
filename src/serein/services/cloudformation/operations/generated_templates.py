"""Generated templates: made of resources that are there, changed, described, read and deleted."""

import json
from typing import Any

import yaml

from serein.kernel.call import Call
from serein.kernel.database import Delivery, Target, Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.errors import AlreadyExistsException, ValidationError
from serein.services.cloudformation.generator import making, store
from serein.services.cloudformation.generator.store import Generated, Wanted
from serein.services.cloudformation.pages import page_of
from serein.services.cloudformation.store import stacks
from serein.services.cloudformation.templates import parse_template


@operation("CreateGeneratedTemplate")
async def create_generated_template(call: Call, request: Request) -> Reply:
    scope = call.scope
    template_id = f"arn:{scope.partition}:cloudformation:{scope.region}:{scope.account}:generatedtemplate/{new_uuid()}"
    generated = Generated(
        template_id=template_id,
        scope=scope,
        name=request["GeneratedTemplateName"],
        status="CREATE_PENDING",
        created_at=call.now,
        updated_at=call.now,
        stack_name=request.get("StackName", ""),
        resources=making.wanted_of(request.get("Resources", []), set()),
    )
    _configure(generated, request)

    def write(tx: Transaction) -> None:
        if generated.stack_name:
            stacks.require_stack(tx, scope, generated.stack_name)
        store.insert_generated(tx, generated)
        _send(tx, generated)

    await call.write(write)
    return {"GeneratedTemplateId": template_id}


@operation("UpdateGeneratedTemplate")
async def update_generated_template(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> str:
        found = store.require_generated(tx, call.scope, request["GeneratedTemplateName"])
        name = request.get("NewGeneratedTemplateName", found.name)
        other = store.find_generated(tx, call.scope, name)
        if other is not None and other.template_id != found.template_id:
            raise AlreadyExistsException(f"A generated template with the name {name} already exists")
        found.name = name
        removed = set(request.get("RemoveResources", []))
        unknown = sorted(removed - {it.logical_id for it in found.resources})
        if unknown:
            raise ValidationError(f"Resource {unknown[0]} is not in the generated template")
        found.resources = [it for it in found.resources if it.logical_id not in removed]
        taken = {it.logical_id for it in found.resources}
        found.resources += making.wanted_of(request.get("AddResources", []), taken)
        _configure(found, request)
        found.status, found.updated_at = "UPDATE_PENDING", tx.now
        store.save_generated(tx, found)
        _send(tx, found, is_refresh=request.get("RefreshAllResources", False))
        return found.template_id

    return {"GeneratedTemplateId": await call.write(write)}


def _configure(generated: Generated, request: Request) -> None:
    wanted = request.get("TemplateConfiguration", {})
    generated.deletion_policy = wanted.get("DeletionPolicy", generated.deletion_policy)
    generated.update_replace_policy = wanted.get("UpdateReplacePolicy", generated.update_replace_policy)


def _send(tx: Transaction, generated: Generated, *, is_refresh: bool = False) -> None:
    request = {"GeneratedTemplateName": generated.template_id, "IsRefresh": is_refresh}
    tx.send(Delivery(Target("cloudformation", "MakeGeneratedTemplate", generated.scope), request))


@operation("MakeGeneratedTemplate", internal=True)
async def make_generated_template(call: Call, request: Request) -> Reply:
    """Read the resources of {GeneratedTemplateName}, all of them again when {IsRefresh}, and make its template."""

    def read(tx: Transaction) -> tuple[Generated | None, str]:
        found = store.find_generated(tx, call.scope, request["GeneratedTemplateName"])
        stack = stacks.find_stack(tx, call.scope, found.stack_name) if found and found.stack_name else None
        return found, stack.definition.template_text if stack else ""

    generated, base = await call.read(read)
    if generated is None:
        return {}
    await making.look_at(call, generated, is_refresh=request["IsRefresh"])
    failed = [it for it in generated.resources if it.status == "FAILED"]
    generated.template = making.template_of(generated, parse_template(base) if base else {})
    generated.status = "FAILED" if failed and len(failed) == len(generated.resources) else "COMPLETE"
    generated.reason = "No resource could be read" if generated.status == "FAILED" else ""
    await call.write(lambda tx: store.save_generated(tx, generated))
    return {}


@operation("DescribeGeneratedTemplate")
async def describe_generated_template(call: Call, request: Request) -> Reply:
    found = await call.read(lambda tx: store.require_generated(tx, call.scope, request["GeneratedTemplateName"]))
    states = [it.status for it in found.resources]
    shown = _summary(found) | {
        "Resources": [_resource(it) for it in found.resources],
        "Progress": {
            "ResourcesSucceeded": states.count("COMPLETE"),
            "ResourcesFailed": states.count("FAILED"),
            "ResourcesProcessing": 0,
            "ResourcesPending": states.count("PENDING"),
        },
        "TemplateConfiguration": {
            "DeletionPolicy": found.deletion_policy,
            "UpdateReplacePolicy": found.update_replace_policy,
        },
        "TotalWarnings": sum(bool(it.missing) for it in found.resources),
    }
    del shown["NumberOfResources"]
    if found.stack_name:
        stack = await call.read(lambda tx: stacks.find_stack(tx, call.scope, found.stack_name))
        shown |= {"StackId": stack.stack_id} if stack is not None else {}
    return shown


def _resource(wanted: Wanted) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "ResourceType": wanted.type,
        "LogicalResourceId": wanted.logical_id,
        "ResourceIdentifier": wanted.identifier,
        "ResourceStatus": wanted.status,
    }
    if wanted.reason:
        shown["ResourceStatusReason"] = wanted.reason
    if wanted.missing:
        missing = [{"PropertyPath": name, "Required": True} for name in wanted.missing]
        shown["Warnings"] = [{"Type": "UNSUPPORTED_PROPERTIES", "Properties": missing}]
    return shown


def _summary(found: Generated) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "GeneratedTemplateId": found.template_id,
        "GeneratedTemplateName": found.name,
        "Status": found.status,
        "CreationTime": found.created_at,
        "LastUpdatedTime": found.updated_at,
        "NumberOfResources": len(found.resources),
    }
    return shown | ({"StatusReason": found.reason} if found.reason else {})


@operation("GetGeneratedTemplate")
async def get_generated_template(call: Call, request: Request) -> Reply:
    found = await call.read(lambda tx: store.require_generated(tx, call.scope, request["GeneratedTemplateName"]))
    reply: Reply = {"Status": found.status}
    if found.template:
        is_yaml = request.get("Format") == "YAML"
        template = found.template
        reply["TemplateBody"] = yaml.safe_dump(template, sort_keys=False) if is_yaml else json.dumps(template)
    return reply


@operation("ListGeneratedTemplates")
async def list_generated_templates(call: Call, request: Request) -> Reply:
    found = await call.read(lambda tx: store.generated_of(tx, call.scope))
    return page_of("Summaries", [_summary(it) for it in found], request)


@operation("DeleteGeneratedTemplate")
async def delete_generated_template(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        found = store.require_generated(tx, call.scope, request["GeneratedTemplateName"])
        store.delete_generated(tx, found.template_id)

    await call.write(write)
    return {}
