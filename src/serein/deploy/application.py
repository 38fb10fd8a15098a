"""An application being deployed: its project, its server, and what was deployed last."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serein.deploy.artifacts import Artifacts
from serein.deploy.build.cache import BuildCache
from serein.deploy.build.packages import Packager
from serein.deploy.errors import TemplateInvalid
from serein.deploy.packaging import Packaged, Packaging
from serein.deploy.progress import Say, silent
from serein.deploy.serverless.cloud import EndpointCloud
from serein.deploy.serverless.project import Given, compile_project, stack_name_of_service
from serein.deploy.stacks import Deployed, Stacks
from serein.deploy.templates import Project, Template, open_project, read_template
from serein.settings import inherited


@dataclass(frozen=True, slots=True)
class Target:
    """Where to deploy to."""

    session: Any
    """A boto3 session with credentials and a region."""
    endpoint: str

    def client(self, service: str, region: str = "") -> Any:
        """A client, of the session's region unless another is named."""
        return self.session.client(service, endpoint_url=self.endpoint, region_name=region or None)


@dataclass(frozen=True, slots=True)
class _Definition:
    """What a project says at one time."""

    template: Template
    parameters: dict[str, str]
    warnings: list[str] = field(default_factory=list)
    complete: Callable[[Template, dict[str, bytes]], Template] | None = None
    """What is added once the packages are built, of their digests."""


class Application:
    """One project and its stack. `deploy` again after changes: only what changed is built and uploaded."""

    def __init__(
        self,
        path: Path,
        target: Target,
        stack_name: str = "",
        parameters: dict[str, str] | None = None,
        say: Say = silent,
        data: Path | None = None,
        *,
        prefers_defaults: bool = False,
        stage: str = "",
    ) -> None:
        """Raises TemplateInvalid.

        For a serverless.yml, `parameters` are what `${param:…}` finds, and `stage` is the stage.
        `data` is where the build cache goes (`.serein` in the project by default); `prefers_defaults` makes changed
        defaults of parameters count (see `Stacks.deploy`).
        """
        self.project = open_project(path)
        self._options = Given(stage, parameters or {}, inherited())
        self.stack_name = stack_name or _default_name(self.project, self._options)
        self._given = dict(parameters or {})
        self._prefers_defaults = prefers_defaults
        self._target = target
        self._say = say
        self._packager = Packager(BuildCache((data or self.project.folder / ".serein") / "build", say))
        self._template: Template = {}
        self._packaged: Packaged | None = None
        self.deployed: Deployed | None = None
        self._connections: tuple[Artifacts, Stacks] | None = None

    @property
    def sources(self) -> dict[str, Path]:
        """Where the code of each function and layer is, by logical id; empty before the first deployment."""
        return self._packaged.sources if self._packaged is not None else {}

    def deploy(self) -> Deployed:
        """Build, upload and deploy everything. Raises DeployFailed."""
        _, stacks = self._connect()
        definition = self._define()
        template, packaged = definition.template, self._package(definition)
        self.deployed = stacks.deploy(
            self.stack_name, packaged.template, definition.parameters, prefers_defaults=self._prefers_defaults
        )
        self.deployed.warnings[:0] = definition.warnings
        self._template, self._packaged = template, packaged
        return self.deployed

    def redeploy(self) -> list[str]:
        """Bring what changed since the last deployment into effect, and return the logical ids that changed.

        When only code of functions changed, the functions get their new code directly: that takes milliseconds, and
        the next deployment of the stack finds them up to date. Raises DeployFailed.
        """
        artifacts, _ = self._connect()
        definition = self._define()
        if self._packaged is None or self.deployed is None or definition.template != self._template:
            self.deploy()
            return [self.stack_name]
        packaged = self._package(definition)
        if packaged.template == self._packaged.template:
            return []
        changed = [name for name, key in packaged.functions.items() if self._packaged.functions.get(name) != key]
        if not self._is_code_only(packaged, changed):
            self.deploy()
            return [self.stack_name]
        functions = self._target.client("lambda")
        for logical_id in changed:
            functions.update_function_code(
                FunctionName=self.deployed.resources[logical_id],
                S3Bucket=artifacts.bucket,
                S3Key=packaged.functions[logical_id],
            )
        self._packaged = packaged
        return changed

    def _define(self) -> "_Definition":
        """What the project says now. Raises TemplateInvalid."""
        path = self.project.template_path
        if self.project.is_service:
            cloud = EndpointCloud(str(self._target.session.region_name), self._target.client)
            compiled = compile_project(path, self._options, cloud)
            return _Definition(compiled.template, {}, compiled.warnings, compiled.complete)
        template = read_template(path)
        declared = template.get("Parameters") or {}
        presets = {name: value for name, value in self.project.parameters.items() if name in declared}
        return _Definition(template, {**presets, **self._given})

    def _package(self, definition: "_Definition") -> Packaged:
        artifacts, _ = self._connect()
        packaging = Packaging(self._packager, artifacts)
        packaged = packaging.package(definition.template, self.project.folder, definition.parameters)
        if definition.complete is not None:
            packaged.template = definition.complete(packaged.template, packaged.digests())
        return packaged

    def _is_code_only(self, packaged: Packaged, changed: list[str]) -> bool:
        """Whether the templates differ in nothing but the code of functions that publish no version."""
        assert self._packaged is not None
        assert self.deployed is not None
        if not changed or any(name not in self.deployed.resources for name in changed):
            return False
        old, new = self._packaged.template, packaged.template
        globals_ = (new.get("Globals") or {}).get("Function") or {}
        for name in changed:
            properties = new["Resources"][name]["Properties"]
            if "AutoPublishAlias" in properties or "AutoPublishAlias" in globals_:
                return False
        return _without_code(old, changed) == _without_code(new, changed)

    def _connect(self) -> tuple[Artifacts, Stacks]:
        if self._connections is None:
            self._connections = _connect(self._target, self._say)
        return self._connections


def delete_stack(name: str, target: Target, say: Say = silent) -> bool:
    """Delete a stack and wait until it is gone; False when there was none. Raises StackFailed."""
    return _connect(target, say)[1].delete(name)


def stack_name_of(path: Path, stage: str = "") -> str:
    """The name that a project's stack gets when none is given. Raises TemplateInvalid."""
    return _default_name(open_project(path), Given(stage, {}, inherited()))


def _default_name(project: Project, options: Given) -> str:
    if project.is_service:
        return stack_name_of_service(project.template_path, options)
    if options.stage:
        raise TemplateInvalid(f"{project.template_path} has no stages: they are for a serverless.yml.")
    return project.stack_name or _stack_name(project.folder)


def _connect(target: Target, say: Say) -> tuple[Artifacts, Stacks]:
    account = target.client("sts").get_caller_identity()["Account"]
    artifacts = Artifacts(target.client("s3"), account, target.session.region_name)
    return artifacts, Stacks(target.client("cloudformation"), artifacts, say)


def _stack_name(folder: Path) -> str:
    """A stack name made from the folder's: letters, digits and hyphens, starting with a letter."""
    name = "".join(character if character.isascii() and character.isalnum() else "-" for character in folder.name)
    name = name.strip("-")[:100]
    return name if name[:1].isalpha() else f"app-{name}".rstrip("-")


def _without_code(template: Template, functions: list[str]) -> Template:
    """The template without the code of functions, and without versions of them, which the next deployment publishes."""
    copied: Template = json.loads(json.dumps(template))
    for logical_id, resource in list(copied["Resources"].items()):
        of = (resource.get("Properties") or {}).get("FunctionName")
        if resource.get("Type") == "AWS::Lambda::Version" and isinstance(of, dict) and of.get("Ref") in functions:
            del copied["Resources"][logical_id]
            outputs = copied.get("Outputs") or {}
            copied["Outputs"] = {
                name: output for name, output in outputs.items() if output.get("Value") != {"Ref": logical_id}
            }
    for name in functions:
        for member in ("CodeUri", "Code"):
            copied["Resources"][name]["Properties"].pop(member, None)
    return copied
