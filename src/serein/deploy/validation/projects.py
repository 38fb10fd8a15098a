"""A project being validated: which template it comes to, and everything that is found in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from serein.deploy.causes import explained_failure
from serein.deploy.cdk.assembly import read_assembly
from serein.deploy.cdk.project import ASSEMBLY, is_cdk, open_cdk
from serein.deploy.errors import DeployFailed, Problem, TemplateInvalid
from serein.deploy.loops import unrolled
from serein.deploy.origins import Origins
from serein.deploy.serverless.project import Given, compile_project
from serein.deploy.templates import Project, Template, open_project, read_template
from serein.deploy.validation.definitions import definition_findings
from serein.deploy.validation.effects import effect_findings
from serein.deploy.validation.files import file_findings
from serein.deploy.validation.findings import Finding, ordered
from serein.deploy.validation.linting import lint_file, lint_made
from serein.settings import inherited


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to validate for."""

    region: str
    stage: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


class _NoServer:
    """What variables would ask of AWS, where no server is asked: values that stand for any."""

    def __init__(self, region: str) -> None:
        self.region = region

    def account(self) -> str:
        return "000000000000"

    def output(self, stack: str, output: str, region: str) -> str | None:
        return f"{stack}.{output}"

    def parameter(self, name: str, region: str, *, decrypts: bool) -> tuple[str, str] | None:
        return "String", name

    def object(self, bucket: str, key: str) -> str | None:
        return key

    def is_domain_of_others(self, name: str, stack: str) -> bool:
        return False


def validate(path: Path, wanted: Wanted) -> list[Finding]:
    """Everything that is found in the project of a path, by file and line."""
    try:
        if is_cdk(path):
            return ordered(list(_cdk_findings(path, wanted)))
        project = open_project(path, wanted.stage)
    except DeployFailed as error:
        return _failure(error)
    try:
        return ordered(list(_service_findings(project, wanted) if project.is_service else _findings(project, wanted)))
    except DeployFailed as error:
        explained_failure(error, Origins(project, {}), dict, str(project.template_path))
        return _failure(error)


def _findings(project: Project, wanted: Wanted) -> Iterator[Finding]:
    template = read_template(project.template_path)
    origins = Origins(project, template)
    declared = template.get("Parameters") or {}
    given = {
        **{name: value for name, value in project.presets.parameters.items() if name in declared},
        **wanted.parameters,
    }
    linted = list(lint_file(project.template_path, wanted.region))
    yield from linted
    own = _own_findings(project, unrolled(template, given), given, origins, wanted)
    # SAM's transform says once more what cfn-lint has said, without the other mistakes.
    is_refused = any(each.level == "error" for each in linted)
    yield from (each for each in own if not (is_refused and each.problem.message.startswith("Transform ")))
    for name, spec in declared.items():
        if "Default" not in (spec or {}) and name not in given:
            place = origins.positions.find("Parameters", name)
            yield Finding(
                "info", Problem("It has no value and no default.", name, place=place, hint=f"Give --param {name}=…")
            )
    for name in sorted(set(wanted.parameters) - set(declared)):
        yield Finding("error", Problem(f"The template has no parameter {name}."))


def _service_findings(project: Project, wanted: Wanted) -> Iterator[Finding]:
    given = Given(wanted.stage, wanted.parameters, inherited())
    compiled = compile_project(project.template_path, given, _NoServer(wanted.region))
    origins = Origins(project, compiled.template)
    for warning in compiled.warnings:
        error = TemplateInvalid(warning)
        explained_failure(error, origins, dict, "")
        place = error.problems[0].place if error.problems else None
        yield Finding("warning", Problem(warning, place=place))
    yield from lint_made(compiled.template, origins, wanted.region)
    yield from _own_findings(project, compiled.template, {}, origins, wanted)


def _cdk_findings(path: Path, wanted: Wanted) -> Iterator[Finding]:
    project = open_cdk(path)
    folders = (project.assembly, project.folder / ASSEMBLY, project.folder / ".serein" / ASSEMBLY)
    folder = next((each for each in folders if each is not None and (each / "manifest.json").is_file()), None)
    if folder is None:
        raise TemplateInvalid(f"{path} has no {ASSEMBLY} yet: run `cdk synth` or `serein deploy` first.")
    for stack in read_assembly(folder).stacks:
        template = stack.template()
        origins = Origins(Project(stack.template_path.parent, stack.template_path), template)
        for level, text in stack.messages:
            yield Finding(level, Problem(text, stack.display_name))
        yield from lint_made(template, origins, stack.region or wanted.region)
        yield from effect_findings(template, {}, origins, stack.region or wanted.region)


def _own_findings(
    project: Project, template: Template, given: Mapping[str, str], origins: Origins, wanted: Wanted
) -> Iterator[Finding]:
    yield from file_findings(template, project.folder, given, origins)
    yield from definition_findings(template, project.folder, given, origins)
    yield from effect_findings(template, given, origins, wanted.region)


def _failure(error: DeployFailed) -> list[Finding]:
    return [Finding("error", problem) for problem in error.problems or (Problem(error.message),)]
