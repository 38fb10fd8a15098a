"""Checks of a Task state beyond its fields: what its resource is, and whether this type of machine may have it."""

from collections.abc import Mapping
from typing import Any

from serein.services.stepfunctions.language.validation.findings import Findings
from serein.services.stepfunctions.tasks.checking import find_resource_fault, find_warning, parameter_faults
from serein.services.stepfunctions.tasks.resources import Resource, UnknownResource, parse_resource

NOT_HERE = "NOT_IMPLEMENTED"
"""Serein's own code of a warning: AWS has what the state asks for."""


def check_task(findings: Findings, state: Mapping[str, Any], location: str, *, is_express: bool) -> None:
    """Check a Task state whose Resource is a string."""
    text = state["Resource"]
    if not text.startswith("arn:"):
        findings.error("Value is not a valid resource ARN", f"{location}/Resource")
        return
    try:
        resource = parse_resource(text)
    except UnknownResource as unknown:
        findings.error(str(unknown), f"{location}/Resource")
        return
    if fault := find_resource_fault(resource):
        findings.error(fault, f"{location}/Resource")
        return
    if warning := find_warning(resource):
        findings.warning(NOT_HERE, warning, f"{location}/Resource")
    if is_express:
        _check_express(findings, resource, f"{location}/Resource")
    given = "Arguments" if "Arguments" in state else "Parameters"
    for fault in parameter_faults(resource, state.get(given)):
        findings.error(fault, f"{location}/{given}")
    heartbeat, timeout = state.get("HeartbeatSeconds"), state.get("TimeoutSeconds")
    if isinstance(heartbeat, int) and isinstance(timeout, int) and heartbeat >= timeout:
        findings.error("HeartbeatSeconds must be smaller than TimeoutSeconds", location)


def _check_express(findings: Findings, resource: Resource, location: str) -> None:
    if resource.kind == "activity":
        findings.error("Express state machine does not support activities", location)
    elif resource.waits_for_job or resource.waits_for_token:
        findings.error(f"Express state machine does not support '.{resource.pattern}' service integration", location)
