"""DescribeChangeSet: what a change set would do."""

import json
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.shown import parameters_shown
from serein.services.cloudformation.store import change_sets, stacks

_OPTIONAL = {
    "ChangeSetId": "change_set_id",
    "PhysicalResourceId": "physical_id",
    "PolicyAction": "policy_action",
    "Replacement": "replacement",
}


@operation("DescribeChangeSet")
async def describe_change_set(call: Call, request: Request) -> Reply:
    def read(tx: Transaction) -> tuple[change_sets.ChangeSet, str]:
        found = change_sets.require_change_set(tx, call.scope, request.get("StackName", ""), request["ChangeSetName"])
        return found, stacks.stack_by_id(tx, found.stack_id).name

    found, stack_name = await call.read(read)
    definition = found.definition
    reply: Reply = {
        "ChangeSetName": found.name,
        "ChangeSetId": found.change_set_id,
        "StackId": found.stack_id,
        "StackName": stack_name,
        "CreationTime": found.created_at,
        "ExecutionStatus": found.execution_status,
        "Status": found.status,
        "NotificationARNs": definition.notification_arns,
        "RollbackConfiguration": found.changes.get("RollbackConfiguration", {}),
        "Capabilities": definition.capabilities,
        "Changes": [
            _shown(change, with_values=request.get("IncludePropertyValues", False))
            for change in found.changes["changes"]
        ],
        "IncludeNestedStacks": any(change.get("change_set_id") for change in found.changes["changes"]),
    }
    if definition.parameters:
        reply["Parameters"] = parameters_shown(definition.parameters)
    if definition.tags:
        reply["Tags"] = [{"Key": key, "Value": value} for key, value in definition.tags.items()]
    if "parent" in found.changes:
        reply |= {"ParentChangeSetId": found.changes["parent"], "RootChangeSetId": found.changes["root"]}
    if found.reason:
        reply["StatusReason"] = found.reason
    if found.changes["description"]:
        reply["Description"] = found.changes["description"]
    if found.changes["on_failure"]:
        reply["OnStackFailure"] = found.changes["on_failure"]
    return reply


def _shown(change: dict[str, Any], *, with_values: bool) -> dict[str, Any]:
    before, after = change["before"], change["after"]
    details = [dict(detail) for detail in change["details"]]
    if with_values:
        for detail in details:
            if "Name" in detail["Target"]:
                detail["Target"] = detail["Target"] | _values(detail["Target"]["Name"], before, after)
    shown = {
        "Action": change["action"],
        "LogicalResourceId": change["logical_id"],
        "ResourceType": change["type"],
        "Scope": list(dict.fromkeys(detail["Target"]["Attribute"] for detail in details)),
        "Details": details,
    }
    if with_values and before:
        shown["BeforeContext"] = json.dumps({"Properties": before})
    if with_values and after:
        shown["AfterContext"] = json.dumps({"Properties": after})
    for member, name in _OPTIONAL.items():
        if change.get(name):
            shown[member] = change[name]
    return {"Type": "Resource", "ResourceChange": shown}


def _values(name: str, before: dict[str, Any], after: dict[str, Any]) -> dict[str, str]:
    """What DescribeChangeSet tells of a property with IncludePropertyValues."""
    kind = "Modify" if name in before and name in after else "Add" if name in after else "Remove"
    told = {"Path": f"/Properties/{name}", "AttributeChangeType": kind}
    for member, values in (("BeforeValue", before), ("AfterValue", after)):
        if name in values:
            value = values[name]
            told[member] = value if isinstance(value, str) else json.dumps(value)
    return told
