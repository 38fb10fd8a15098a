"""What of `stepFunctions` is not made."""

from collections.abc import Iterator, Mapping
from typing import Any

from serein.deploy.serverless.service import Service
from serein.deploy.serverless.workflows.names import machines_of

_ALL = frozenset({"activities", "noOutput", "stateMachines", "validate"})
_MACHINE = frozenset(
    {
        "alarms",
        "configureTaskTimeouts",
        "definition",
        "dependsOn",
        "encryptionConfig",
        "events",
        "iamRoleStatements",
        "id",
        "inheritGlobalTags",
        "kmsKeyArns",
        "loggingConfig",
        "name",
        "notifications",
        "retain",
        "role",
        "tags",
        "tracingConfig",
        "type",
        "useExactVersion",
    }
)
_EVENTS = frozenset({"cloudwatchEvent", "eventBridge", "http", "schedule"})


def state_machine_notices(service: Service) -> Iterator[str]:
    """A sentence for each key and event that nothing reads."""
    given: Mapping[str, Any] = service.document.get("stepFunctions") or {}
    if unknown := sorted(set(given) - _ALL):
        yield f"stepFunctions has what is not made here: {', '.join(unknown)}."
    for key, settings in machines_of(service.document):
        place = f"stepFunctions.stateMachines.{key}"
        if unknown := sorted(set(settings) - _MACHINE):
            yield f"{place} has what is not made here: {', '.join(unknown)}."
        for event in settings.get("events") or ():
            kind = next(iter(event), "") if isinstance(event, dict) else event
            if kind not in _EVENTS:
                yield f"{place}: the event {kind} is left out, nothing starts the machine by it."
