"""The command `serein`. Each subcommand's module is imported when it is asked for: boto3 alone takes 300 ms."""

import importlib
from typing import Any

import click

from serein import __version__
from serein.settings import inherited

# Late imports, by design: this table is the list.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "up": (
        "serein.cli.up.command",
        "up",
        "Run the application in a folder: start, deploy, tail logs, redeploy on save.",
    ),
    "serve": ("serein.cli.servers", "serve", "Run a server in the foreground."),
    "start": ("serein.cli.servers", "start", "Start a server in the background."),
    "stop": ("serein.cli.servers", "stop", "Stop the server."),
    "status": ("serein.cli.servers", "status", "Say whether a server runs, where, and what it is doing."),
    "deploy": ("serein.cli.deployments.commands", "deploy", "Build and deploy an application to a running server."),
    "diff": ("serein.cli.deployments.commands", "diff", "Show what a deployment would change."),
    "validate": ("serein.cli.deployments.validating", "validate", "Say what is wrong with an application; no server."),
    "outputs": ("serein.cli.deployments.listing", "outputs", "Show the outputs of a stack."),
    "stacks": ("serein.cli.deployments.listing", "stacks", "List the stacks."),
    "delete": ("serein.cli.deployments.commands", "delete", "Delete a deployed application."),
    "invoke": ("serein.cli.functions", "invoke", "Invoke a function and show its reply and its log."),
    "logs": ("serein.cli.logs", "logs", "Show what functions logged."),
    "apis": ("serein.cli.apis.commands", "apis", "Show the APIs: URLs, routes, authorizers, the functions behind."),
    "api": ("serein.cli.apis.commands", "api", "Try an API out: `serein api test GET /path` shows every step."),
    "workflows": (
        "serein.cli.workflows.commands",
        "workflows",
        "Show the state machines; start one; see what an execution did.",
    ),
    "env": ("serein.cli.environment", "env", "Print the shell lines that point SDKs and tools at the server."),
    "version": ("serein.cli.version", "version", "Print the version."),
}


class Commands(click.Group):
    """A group whose commands are found in `COMMANDS`, and whose help needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = COMMANDS.get(cmd_name)
        if found is None:
            return None
        command: click.Command = getattr(importlib.import_module(found[0]), found[1])
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what the server refuses, or its going away, is told without a traceback."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            # By name, because importing botocore would cost every command its import.
            if type(error).__module__.startswith("botocore."):
                raise click.ClickException(str(error)) from error
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, found[2]) for name, found in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="serein", message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context) -> None:
    """Run serverless applications written for AWS, unmodified, on this machine.

    In a folder with a SAM or CloudFormation template, a serverless.yml or a CDK app, `serein up` is all you need.

    Commands find the server through AWS_ENDPOINT_URL, else at http://127.0.0.1:4566. Exit codes: 0 done, 1 failed,
    2 wrong usage, 3 no server. NO_COLOR=1 leaves colours out.
    """
    if inherited().get("NO_COLOR"):
        context.color = False
