"""Failures of deployments get their places in the project's files, and what to do about them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from serein.deploy.errors import DeployFailed, ParametersMissing
from serein.deploy.templates import Project, Template


@contextmanager
def explaining(
    project: Project, template: Template, stack_name: str, exports: Callable[[], dict[str, str]]
) -> Iterator[None]:
    """For what deploys inside; `template` is what the project says, as far as it could be read.

    `exports` tells the names of stacks by their exports.
    """
    try:
        yield
    except ParametersMissing:
        # It says everything by itself.
        raise
    except DeployFailed as error:
        # Why here: only what fails is explained, and what AWS's types have is read for that.
        from serein.deploy.causes import explained_failure
        from serein.deploy.origins import Origins

        explained_failure(error, Origins(project, template), exports, stack_name)
        raise
