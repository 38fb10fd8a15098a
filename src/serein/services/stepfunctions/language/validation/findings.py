"""Where the checks of a definition put what they find."""

from serein.services.stepfunctions.language.diagnostic import Diagnostic

SCHEMA = "SCHEMA_VALIDATION_FAILED"


class Findings:
    """Diagnostics in the order in which they were found."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []

    @property
    def has_errors(self) -> bool:
        return any(item.severity == "ERROR" for item in self.diagnostics)

    def error(self, message: str, location: str | None, code: str = SCHEMA) -> None:
        self.diagnostics.append(Diagnostic("ERROR", code, message, location or ("/" if location == "" else None)))

    def warning(self, code: str, message: str, location: str) -> None:
        self.diagnostics.append(Diagnostic("WARNING", code, message, location))
