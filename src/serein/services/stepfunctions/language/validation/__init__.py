"""Every diagnostic of a definition."""

import json

from serein.services.stepfunctions.language.diagnostic import Diagnostic


def diagnose(text: str, machine_type: str) -> list[Diagnostic]:
    """What is wrong with a definition, and what looks wrong, for a machine of the type STANDARD or EXPRESS."""
    try:
        document = json.loads(text)
    except ValueError as error:
        return [Diagnostic("ERROR", "INVALID_JSON_DESCRIPTION", str(error))]
    if not isinstance(document, dict):
        return [Diagnostic("ERROR", "INVALID_JSON_DESCRIPTION", "The definition is not a JSON object")]
    return []
