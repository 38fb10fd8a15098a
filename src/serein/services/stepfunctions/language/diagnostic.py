"""What validation finds in a definition, and the error that tells it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from serein.services.stepfunctions import errors

Severity = Literal["ERROR", "WARNING"]
_MOST_TOLD = 100
"""How many findings an error tells: as many as ValidateStateMachineDefinition does."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding, in AWS's codes and words."""

    severity: Severity
    code: str
    message: str
    location: str | None = None
    """`/States/<name>/<field>`; an empty string for the machine itself, None when AWS names none."""


class InvalidDefinition(errors.InvalidDefinition):
    """The provided Amazon States Language definition is not valid."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        # AWS: a finding without a location ends in "at null" (seen at CreateStateMachine).
        found = ", ".join(
            f"{item.code}: {item.message} at {'null' if item.location is None else item.location}"
            for item in diagnostics[:_MOST_TOLD]
        )
        super().__init__(f"Invalid State Machine Definition: '{found}'")
        self.diagnostics = tuple(diagnostics)
