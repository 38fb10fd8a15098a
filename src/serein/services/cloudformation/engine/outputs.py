"""A stack's outputs, and which of them other stacks may import."""

from typing import Any

from serein.services.cloudformation.engine.run import Run
from serein.services.cloudformation.errors import NotYetKnown, ResourceFailure
from serein.services.cloudformation.functions import NO_VALUE, text_of
from serein.services.cloudformation.references import has_references, resolved

Output = dict[str, str]


async def outputs_of(run: Run) -> list[Output]:
    """The outputs whose condition holds, by their order in the template. Raises ResourceFailure."""
    found = unresolved_outputs(run)
    for output in found:
        if has_references(output["OutputValue"]):
            # AWS: plain parameters are resolved in outputs, references to secrets are shown as they are.
            output["OutputValue"] = await resolved(run.call, output["OutputValue"], has_secrets=False)
    return found


def unresolved_outputs(run: Run) -> list[Output]:
    """The outputs with dynamic references as they are written. Raises ResourceFailure."""
    found = []
    for name, definition in run.stack.definition.processed.get("Outputs", {}).items():
        if "Condition" in definition and not run.evaluation.condition(definition["Condition"]):
            continue
        output = {"OutputKey": name, "OutputValue": _text(run, name, definition["Value"])}
        if "Description" in definition:
            output["Description"] = str(definition["Description"])
        if "Export" in definition:
            output["ExportName"] = _text(run, name, definition["Export"]["Name"])
        found.append(output)
    return found


def exports_of(outputs: list[Output]) -> dict[str, str]:
    """Export names and their values."""
    return {output["ExportName"]: output["OutputValue"] for output in outputs if "ExportName" in output}


def _text(run: Run, name: str, template_value: Any) -> str:
    try:
        value = run.evaluation.value(template_value)
    except NotYetKnown as unknown:
        raise ResourceFailure(
            f"Unresolved resource dependencies [{unknown}] in the Outputs block of the template"
        ) from None
    if value is NO_VALUE or isinstance(value, dict | list):
        raise ResourceFailure(
            f"Template format error: Output {name} is malformed. The Value field of every Outputs member must evaluate"
            " to a String."
        )
    return text_of(value)
