"""What the commands that deploy have in common: their options, serein.toml, and asking for parameters."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from serein.cli.connection import new_session

if TYPE_CHECKING:
    from serein.cli.deployments.reports import Report
    from serein.deploy import Deployed, Target
    from serein.deploy.configuration import Configuration, Part
    from serein.deploy.errors import ParametersMissing
    from serein.deploy.opening import AnyApplication
    from serein.deploy.plans import Plan

T = TypeVar("T")
C = TypeVar("C", bound=Callable[..., Any])
_PLACES = {
    "--stack": "The stack's name; of a CDK app, which of its stacks.  [default: as its tool names it, or the folder's]",
    "--stage": "The stage of a serverless.yml, or an environment of samconfig.toml.  [default: its own]",
    "--profile": "An AWS profile: its access key says which account, and its region counts.",
    "--region": "The region.  [default: serein.toml's, AWS_REGION, or us-east-1]",
}
_FOLDER = click.Path(path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def path_argument(command: C) -> C:
    """The application that a command is about."""
    return click.argument("path", type=_FOLDER, default=".")(command)


def place_options(command: C) -> C:
    """Which stack, of which stage, where."""
    for name, text in reversed(_PLACES.items()):
        command = click.option(name, metavar="NAME", help=text)(command)
    return command


def parameter_options(command: C) -> C:
    """Values of parameters."""
    text = "A file of parameters, as the AWS CLI and CodePipeline have them; repeatable."
    command = click.option("--param-file", "param_files", metavar="FILE", type=_FILE, multiple=True, help=text)(command)
    text = "A parameter of the template; repeatable. What has no value is asked for on a terminal."
    return click.option("--param", "params", metavar="NAME=VALUE", multiple=True, help=text)(command)


def json_option(command: C) -> C:
    """Output for machines."""
    text = "For machines: one JSON document a line, the last one the result."
    return click.option("--json", "as_json", is_flag=True, help=text)(command)


def strict_option(command: C) -> C:
    """Refusing what has no effect here."""
    text = "Refuse what Serein accepts without effect: types that it only records, settings that it only keeps."
    return click.option("--strict", "is_strict", is_flag=True, help=text)(command)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says of a deployment."""

    path: Path
    stack: str | None = None
    stage: str | None = None
    profile: str | None = None
    region: str | None = None
    params: tuple[str, ...] = ()
    param_files: tuple[Path, ...] = ()
    is_strict: bool = False

    def configuration(self) -> "Configuration":
        """serein.toml's. Raises TemplateInvalid, BadParameter for an option that can't be meant for several."""
        # Why here: `--help` needs none of it.
        from serein.deploy.configuration import read_configuration

        found = read_configuration(self.path)
        if len(found.parts) > 1:
            for value, name in ((self.stack, "--stack"), (self.params, "--param"), (self.param_files, "--param-file")):
                if value:
                    raise click.BadParameter(
                        f"{found.path} has several applications: say it there, or deploy one by its path",
                        param_hint=name,
                    )
        return found

    def session(self, configuration: "Configuration") -> Any:
        """A boto3 session of the region and account that are meant. Raises CommandFailed."""
        return new_session(self.region or configuration.region, self.profile or "")

    def parameters(self, part: "Part") -> dict[str, str]:
        """Of an application: serein.toml's, then those of files, then the options. Raises BadParameter."""
        # Why here: as above.
        from serein.deploy.parameters import read_parameters

        found = dict(part.parameters)
        for file in self.param_files:
            found |= read_parameters(file)
        return found | parse_parameters(self.params)


@dataclass(slots=True)
class Opening:
    """An application that can be opened: again, when a parameter was asked for."""

    asked: Asked
    part: "Part"
    target: "Target"
    report: "Report"
    data: Path | None = None
    prefers_defaults: bool = False
    application: "AnyApplication | None" = None
    """As it was opened last."""

    def open(self, answers: Mapping[str, str] | None = None) -> "AnyApplication":
        """Raises TemplateInvalid."""
        # Why here: as above.
        from serein.deploy import Options
        from serein.deploy.opening import open_application

        options = Options(
            {**self.asked.parameters(self.part), **(answers or {})},
            self.asked.stage or self.part.stage,
            self.part.environment,
            self.data,
            self.prefers_defaults,
            self.asked.is_strict,
        )
        stack = self.asked.stack or self.part.stack
        report = self.report
        self.application = open_application(self.part.path, self.target, stack, options, report, report.resource)
        return self.application

    def deploy(self) -> "Deployed":
        """Open and deploy it; a parameter without a value is asked for on a terminal. Raises DeployFailed."""
        return self._asking(lambda application: application.deploy())

    def plan(self) -> "list[Plan]":
        """Open it and say what a deployment would change, likewise. Raises DeployFailed."""
        return self._asking(lambda application: application.plan())

    def _asking(self, work: "Callable[[AnyApplication], T]") -> T:
        # Why here: as above.
        from serein.deploy.errors import ParametersMissing

        try:
            return work(self.open())
        except ParametersMissing as missing:
            if self.report.is_json or not (sys.stdin.isatty() and sys.stderr.isatty()):
                raise
            with self.report.paused():
                answers = _ask(missing)
        return work(self.open(answers))


def parse_parameters(given: tuple[str, ...]) -> dict[str, str]:
    """`K=V` options as a dictionary. Raises BadParameter."""
    parameters = {}
    for item in given:
        name, separator, value = item.partition("=")
        if not separator or not name:
            raise click.BadParameter(f"{item!r} is not of the form NAME=VALUE", param_hint="--param")
        parameters[name] = value
    return parameters


def _ask(missing: "ParametersMissing") -> dict[str, str]:
    answers = {}
    for name, spec in missing.declared.items():
        if spec.get("Description"):
            click.secho(str(spec["Description"]), dim=True, err=True)
        allowed = [str(value) for value in spec.get("AllowedValues") or ()]
        is_hidden = str(spec.get("NoEcho", "")).lower() == "true"
        kind = click.Choice(allowed) if allowed else str
        answers[name] = str(click.prompt(name, type=kind, hide_input=is_hidden, err=True))
    return answers
