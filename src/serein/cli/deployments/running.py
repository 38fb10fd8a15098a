"""What every command that deploys does around its work: its report, and failures as exit codes."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from serein.cli.deployments.reports import Report, open_report
from serein.deploy.errors import DeployFailed


@contextmanager
def reported(step: str, *, as_json: bool) -> Iterator[Report]:
    """A report for what runs inside; what fails there is told, and ends the command.

    Exit code 1: it failed. Others are those of the errors themselves.
    """
    with open_report(step, as_json=as_json) as report:
        try:
            yield report
        except DeployFailed as error:
            report.fail(error)
            raise click.exceptions.Exit(1) from error
        except click.ClickException as error:
            if not as_json:
                raise
            report.fail(DeployFailed(error.format_message()))
            raise click.exceptions.Exit(error.exit_code) from error
        except KeyboardInterrupt as interrupt:
            report.settle()
            message = "Interrupted. What the server has begun goes on; `serein stacks` shows it."
            raise click.ClickException(message) from interrupt
