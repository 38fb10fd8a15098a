"""State machines as the operations that describe them show them."""

import json

from serein.kernel.operation import Reply
from serein.services.stepfunctions.machines import Revision
from serein.services.stepfunctions.references import states_of, variable_references

_METADATA = "METADATA_ONLY"


def configuration_of(revision: Revision, included_data: str | None) -> Reply:
    """The members that a revision has. AWS: with METADATA_ONLY the definition is an empty object."""
    settings = revision.settings
    reply: Reply = {
        "definition": "{}" if included_data == _METADATA else revision.definition,
        "roleArn": revision.role_arn,
        "loggingConfiguration": settings["logging"],
        "tracingConfiguration": settings["tracing"],
    }
    if settings["encryption"]:
        reply["encryptionConfiguration"] = settings["encryption"]
    if revision.shown_id:
        reply["revisionId"] = revision.shown_id
    if included_data != _METADATA and (references := variable_references(revision.definition)):
        reply["variableReferences"] = references
    return reply


def processor_of(definition: str, state_name: str) -> str:
    """The definition of what a Distributed Map does with its items."""
    machine = json.loads(definition)
    for name, state, _ in states_of(machine, ""):
        if name == state_name:
            processor = state.get("ItemProcessor") or state.get("Iterator") or {}
            return json.dumps({key: value for key, value in processor.items() if key != "ProcessorConfig"})
    raise LookupError(f"there is no state {state_name}")
