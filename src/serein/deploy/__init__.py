"""From a project folder to a deployed stack: build, package, upload, CloudFormation. A client of the wire API."""

from pathlib import Path
from typing import Any

from serein.deploy.application import Application, Options, Target, delete_stack, stack_name_of
from serein.deploy.errors import BuildFailed, DeployFailed, StackFailed, TemplateInvalid
from serein.deploy.opening import open_application
from serein.deploy.progress import Say, silent, unwatched
from serein.deploy.stacks import Deployed

__all__ = [
    "Application",
    "BuildFailed",
    "DeployFailed",
    "Deployed",
    "Options",
    "StackFailed",
    "Target",
    "TemplateInvalid",
    "delete_stack",
    "deploy",
    "stack_name_of",
]


def deploy(
    path: Path, stack_name: str, parameters: dict[str, str], session: Any, endpoint: str, say: Say = silent
) -> Deployed:
    """Deploy the application in a folder, or of a file; of a CDK app the stacks named (`*`). Raises DeployFailed."""
    target, options = Target(session, endpoint), Options(parameters)
    return open_application(path, target, stack_name, options, say, unwatched).deploy()
