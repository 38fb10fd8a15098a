"""Stack sets in the shapes of the API."""

from typing import Any

from serein.services.cloudformation.stacksets.sets import Instance, Result, SetOperation, StackSet
from serein.services.cloudformation.stacksets.submission import shown_preferences


def _present(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, "")}


def _parameters(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]


def set_shown(stack_set: StackSet, regions: list[str]) -> dict[str, Any]:
    """The StackSet shape."""
    return _present(
        {
            "StackSetName": stack_set.name,
            "StackSetId": stack_set.set_id,
            "StackSetARN": stack_set.arn,
            "Description": stack_set.description,
            "Status": stack_set.status,
            "TemplateBody": stack_set.template_text,
            "Parameters": _parameters(stack_set.parameters),
            "Capabilities": stack_set.capabilities,
            "Tags": [{"Key": key, "Value": value} for key, value in stack_set.tags.items()],
            "AdministrationRoleARN": stack_set.administration_role_arn,
            "ExecutionRoleName": stack_set.execution_role_name,
            "StackSetDriftDetectionDetails": stack_set.drift or None,
            "PermissionModel": "SELF_MANAGED",
            "OrganizationalUnitIds": [],
            "ManagedExecution": {"Active": stack_set.is_managed},
            "Regions": regions,
        }
    )


def set_summary(stack_set: StackSet) -> dict[str, Any]:
    """The StackSetSummary shape."""
    return _present(
        {
            "StackSetName": stack_set.name,
            "StackSetId": stack_set.set_id,
            "Description": stack_set.description,
            "Status": stack_set.status,
            "PermissionModel": "SELF_MANAGED",
            "DriftStatus": stack_set.drift.get("DriftStatus", "NOT_CHECKED"),
            "LastDriftCheckTimestamp": stack_set.drift.get("LastDriftCheckTimestamp"),
            "ManagedExecution": {"Active": stack_set.is_managed},
        }
    )


def instance_summary(instance: Instance) -> dict[str, Any]:
    """The StackInstanceSummary shape."""
    return _present(
        {
            "StackSetId": instance.set_id,
            "Region": instance.region,
            "Account": instance.account,
            "StackId": instance.stack_id,
            "Status": instance.status,
            "StatusReason": instance.reason,
            "StackInstanceStatus": {"DetailedStatus": instance.detailed_status},
            "DriftStatus": instance.drift_status,
            "LastDriftCheckTimestamp": instance.drift_checked_at,
            "LastOperationId": instance.last_operation_id,
        }
    )


def instance_shown(instance: Instance) -> dict[str, Any]:
    """The StackInstance shape."""
    return instance_summary(instance) | {"ParameterOverrides": _parameters(instance.overrides)}


def operation_summary(operation: SetOperation) -> dict[str, Any]:
    """The StackSetOperationSummary shape."""
    return _present(
        {
            "OperationId": operation.operation_id,
            "Action": "CREATE" if operation.action == "IMPORT" else operation.action,
            "Status": operation.status,
            "StatusReason": operation.reason,
            "StatusDetails": {"FailedStackInstancesCount": operation.failed_count},
            "CreationTimestamp": operation.created_at,
            "EndTimestamp": operation.ended_at,
            "OperationPreferences": shown_preferences(operation),
        }
    )


def operation_shown(stack_set: StackSet, operation: SetOperation) -> dict[str, Any]:
    """The StackSetOperation shape."""
    return operation_summary(operation) | _present(
        {
            "StackSetId": operation.set_id,
            "AdministrationRoleARN": stack_set.administration_role_arn,
            "ExecutionRoleName": stack_set.execution_role_name,
            "RetainStacks": operation.retains_stacks if operation.action == "DELETE" else None,
            "DeploymentTargets": operation.targets or None,
            "StackSetDriftDetectionDetails": operation.drift or None,
        }
    )


def result_summary(result: Result) -> dict[str, Any]:
    """The StackSetOperationResultSummary shape."""
    return _present(
        {
            "Account": result.account,
            "Region": result.region,
            "Status": result.status,
            "StatusReason": result.reason,
            "AccountGateResult": result.gate or None,
        }
    )
