"""Drift in the shapes of the API."""

import json
from typing import Any

from serein.kernel.database import Transaction
from serein.services.cloudformation.drift import store
from serein.services.cloudformation.drift.store import Check, ResourceDrift


def check_shown(check: Check) -> dict[str, Any]:
    """The reply of DescribeStackDriftDetectionStatus."""
    shown: dict[str, Any] = {
        "StackId": check.stack_id,
        "StackDriftDetectionId": check.check_id,
        "DetectionStatus": check.status,
        "Timestamp": check.at,
    }
    if check.reason:
        shown["DetectionStatusReason"] = check.reason
    if check.status != "DETECTION_IN_PROGRESS":
        shown |= {"StackDriftStatus": check.drift_status, "DriftedStackResourceCount": check.drifted}
    return shown


def instance_drift(drift: ResourceDrift) -> dict[str, Any]:
    """The StackInstanceResourceDriftsSummary shape."""
    return {
        "StackId": drift.stack_id,
        "LogicalResourceId": drift.logical_id,
        "PhysicalResourceId": drift.physical_id,
        "ResourceType": drift.type,
        "PropertyDifferences": drift.differences,
        "StackResourceDriftStatus": drift.status,
        "Timestamp": drift.at,
    }


def resource_drift(drift: ResourceDrift) -> dict[str, Any]:
    """The StackResourceDrift shape."""
    shown = instance_drift(drift)
    if drift.status in ("IN_SYNC", "MODIFIED", "DELETED"):
        shown["ExpectedProperties"] = json.dumps(drift.expected, separators=(",", ":"))
    if drift.status in ("IN_SYNC", "MODIFIED"):
        shown["ActualProperties"] = json.dumps(drift.actual, separators=(",", ":"))
    if drift.reason:
        shown["DriftStatusReason"] = drift.reason
    return shown


def add_stack_drift(tx: Transaction, shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Stacks as shown, with the DriftInformation of those that were checked."""
    for stack in shown:
        known = store.stack_drift(tx, stack["StackId"])
        if known is not None:
            stack["DriftInformation"] = {"StackDriftStatus": known[0], "LastCheckTimestamp": known[1]}
    return shown


def add_resource_drift(tx: Transaction, stack_id: str, shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Resources as shown, with the DriftInformation of those that were checked since they last changed."""
    known = {drift.logical_id: drift for drift in store.drifts_of(tx, stack_id)}
    for resource in shown:
        drift = known.get(resource["LogicalResourceId"])
        changed_at = resource.get("LastUpdatedTimestamp", resource.get("Timestamp", 0.0))
        if drift is not None and changed_at <= drift.at:
            resource["DriftInformation"] = {"StackResourceDriftStatus": drift.status, "LastCheckTimestamp": drift.at}
    return shown
