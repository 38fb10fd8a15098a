"""The seam where an environment's isolation is decided. Today: none beyond the process group and its limits.

A sandbox turns a launch into one that runs confined; whoever adds bubblewrap does it here and nowhere else.
"""

from typing import Protocol

from serein.runtime.zygote import Launch


class Sandbox(Protocol):
    """A way to confine processes."""

    mode: str
    """For `serein status`."""

    def confine(self, launch: Launch) -> Launch:
        """The same launch, confined."""


class ProcessSandbox:
    """Processes of the platform's user: private temporary folder, own process group, descriptor and memory limits."""

    mode = "process"

    def confine(self, launch: Launch) -> Launch:
        return launch
