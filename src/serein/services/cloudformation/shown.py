"""Stacks, resources and events in the shapes of the API."""

import json
from typing import Any

from serein.services.cloudformation.parameters import HIDDEN, Parameter
from serein.services.cloudformation.stacks import Stack, StackResource

_NOT_CHECKED = {"StackDriftStatus": "NOT_CHECKED"}
_RESOURCE_NOT_CHECKED = {"StackResourceDriftStatus": "NOT_CHECKED"}


def _present(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, "")}


def parameters_shown(parameters: dict[str, Parameter]) -> list[dict[str, str]]:
    """Parameters with their values; those that are not to be echoed are starred."""
    return [
        _present(
            {
                "ParameterKey": parameter.name,
                "ParameterValue": HIDDEN if parameter.is_hidden else parameter.value,
                "ResolvedValue": parameter.resolved,
            }
        )
        | ({"ParameterValue": ""} if parameter.value == "" and not parameter.is_hidden else {})
        for parameter in parameters.values()
    ]


def stack_shown(stack: Stack) -> dict[str, Any]:
    """The Stack shape."""
    settings, definition = stack.settings, stack.definition
    return _present(
        {
            "StackId": stack.stack_id,
            "StackName": stack.name,
            "ChangeSetId": settings.change_set_id,
            "Description": definition.description,
            "Parameters": parameters_shown(definition.parameters) or None,
            "CreationTime": stack.created_at,
            "LastUpdatedTime": stack.updated_at,
            "DeletionTime": stack.deleted_at,
            "RollbackConfiguration": settings.rollback_configuration,
            "StackStatus": stack.status,
            "StackStatusReason": stack.reason,
            "DisableRollback": settings.disable_rollback,
            "DeploymentConfig": settings.deployment_config or None,
            "RetainExceptOnCreate": settings.retain_except_on_create or None,
            "DeletionMode": settings.deletion_mode,
            "NotificationARNs": definition.notification_arns,
            "TimeoutInMinutes": settings.timeout_minutes or None,
            "Capabilities": definition.capabilities or None,
            "Outputs": stack.outputs or None,
            "RoleARN": definition.role_arn,
            "Tags": [{"Key": key, "Value": value} for key, value in definition.tags.items()],
            "EnableTerminationProtection": settings.termination_protection,
            "ParentId": settings.parent_id,
            "RootId": settings.root_id,
            "DriftInformation": _NOT_CHECKED,
        }
    )


def stack_summary(stack: Stack) -> dict[str, Any]:
    """The StackSummary shape."""
    return _present(
        {
            "StackId": stack.stack_id,
            "StackName": stack.name,
            "TemplateDescription": stack.definition.description,
            "CreationTime": stack.created_at,
            "LastUpdatedTime": stack.updated_at,
            "DeletionTime": stack.deleted_at,
            "StackStatus": stack.status,
            "StackStatusReason": stack.reason,
            "ParentId": stack.settings.parent_id,
            "RootId": stack.settings.root_id,
            "DriftInformation": _NOT_CHECKED,
        }
    )


def resource_summary(row: StackResource) -> dict[str, Any]:
    """The StackResourceSummary shape."""
    return _present(
        {
            "LogicalResourceId": row.logical_id,
            "PhysicalResourceId": row.physical_id,
            "ResourceType": row.type,
            "LastUpdatedTimestamp": row.updated_at,
            "ResourceStatus": row.status,
            "ResourceStatusReason": row.reason,
            "DriftInformation": _RESOURCE_NOT_CHECKED,
        }
    )


def resource_shown(stack: Stack, row: StackResource) -> dict[str, Any]:
    """The StackResource shape."""
    shown = resource_summary(row) | {"StackName": stack.name, "StackId": stack.stack_id}
    shown["Timestamp"] = shown.pop("LastUpdatedTimestamp")
    return shown | _description(stack, row)


def resource_detail(stack: Stack, row: StackResource) -> dict[str, Any]:
    """The StackResourceDetail shape."""
    shown = resource_summary(row) | {"StackName": stack.name, "StackId": stack.stack_id}
    metadata = stack.definition.processed.get("Resources", {}).get(row.logical_id, {}).get("Metadata")
    return shown | _description(stack, row) | ({"Metadata": json.dumps(metadata)} if metadata else {})


def _description(stack: Stack, row: StackResource) -> dict[str, Any]:
    text = stack.definition.processed.get("Resources", {}).get(row.logical_id, {}).get("Description")
    return {"Description": text} if isinstance(text, str) else {}


def event_members(row: tuple[Any, ...]) -> dict[str, Any]:
    """What all shapes of events have of a row of the store; those that it doesn't have are None or empty."""
    _, event_id, logical_id, _, type_name, status, reason, properties, token, at, operation_id, _ = row
    return {
        "EventId": event_id,
        "LogicalResourceId": logical_id,
        "ResourceType": type_name,
        "Timestamp": at,
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
        "ResourceProperties": properties,
        "ClientRequestToken": token,
        "OperationId": operation_id,
    }


def event_shown(stack: Stack, row: tuple[Any, ...]) -> dict[str, Any]:
    """The StackEvent shape, of a row of the store."""
    shown = _present({"StackId": stack.stack_id, "StackName": stack.name} | event_members(row))
    return shown | {"PhysicalResourceId": row[3]}
