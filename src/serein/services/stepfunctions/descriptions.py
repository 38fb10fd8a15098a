"""State machines as the operations that describe them show them."""

from serein.kernel.operation import Reply
from serein.services.stepfunctions.machines import Revision
from serein.services.stepfunctions.references import variable_references

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
