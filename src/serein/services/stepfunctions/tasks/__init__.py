"""Tasks: from a Task state's `Resource` and parameters to calls of other services.

`parse_resource` reads the resource. `submit` makes the call; what it returns is the state's result, or, when the
resource waits for a job (`waits_for_job`), how that was started: `find_outcome` then tells its end, and `watched_topic`
what is woken by it. Everything raises StateFailed with AWS's error names and causes.
"""

from serein.services.stepfunctions.tasks.checking import (
    find_resource_fault,
    find_sdk_warning,
    find_warning,
    parameter_faults,
    sdk_faults,
)
from serein.services.stepfunctions.tasks.requests import TaskRequest
from serein.services.stepfunctions.tasks.resources import Resource, UnknownResource, parse_resource
from serein.services.stepfunctions.tasks.submitting import find_outcome, submit, watched_topic

__all__ = [
    "Resource",
    "TaskRequest",
    "UnknownResource",
    "find_outcome",
    "find_resource_fault",
    "find_sdk_warning",
    "find_warning",
    "parameter_faults",
    "parse_resource",
    "sdk_faults",
    "submit",
    "watched_topic",
]
