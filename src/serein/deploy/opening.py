"""Finding out what a path is an application of."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol

from serein.deploy.application import Application, Options, Target
from serein.deploy.cdk.project import is_cdk
from serein.deploy.plans import Plan
from serein.deploy.progress import Say, Watch
from serein.deploy.stacks import Deployed


class AnyApplication(Protocol):
    """An application of whichever tool. All of it raises DeployFailed."""

    deployed: Deployed | None
    """What the last deployment made."""
    stack_name: str

    @property
    def folder(self) -> Path:
        """Where it is."""

    @property
    def sources(self) -> dict[str, Path]:
        """Where the code of functions and layers is, by logical id."""

    def deploy(self) -> Deployed:
        """Build, upload and deploy everything."""

    def redeploy(self, changed: Collection[Path] = (), show: Callable[[Plan], None] | None = None) -> list[str]:
        """Bring what changed into effect; `show` is told what a deployment is going to change."""

    def plan(self) -> list[Plan]:
        """What `deploy` would change."""

    def delete(self) -> list[str]:
        """Delete its stacks; the names of those that were there."""


def open_application(
    path: Path, target: Target, stack_name: str, options: Options, say: Say, watch: Watch
) -> AnyApplication:
    """The application in a folder, or of a file. Raises TemplateInvalid."""
    if is_cdk(path):
        # Why here: other applications need none of it.
        from serein.deploy.cdk.application import CdkApplication

        return CdkApplication(path, target, stack_name, options, say, watch)
    return Application(path, target, stack_name, options, say, watch)
