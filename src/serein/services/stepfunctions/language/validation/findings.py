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
        place = None if location is None else _printable(location) or "/"
        self.diagnostics.append(Diagnostic("ERROR", code, _printable(message), place))

    def warning(self, code: str, message: str, location: str) -> None:
        self.diagnostics.append(Diagnostic("WARNING", code, _printable(message), _printable(location)))


def _printable(text: str) -> str:
    """The text without halves of surrogate pairs, which JSON may have and UTF-8 may not."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
