"""An application being deployed: its project, its server, and what was deployed last."""

import json
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serein.deploy.artifacts import Artifacts
from serein.deploy.build.cache import BuildCache
from serein.deploy.build.packages import Packager
from serein.deploy.environment import with_environment
from serein.deploy.explaining import explaining
from serein.deploy.loops import unrolled
from serein.deploy.packaging import Packaged, Packaging
from serein.deploy.plans import Plan
from serein.deploy.progress import Say, Watch, silent, unwatched
from serein.deploy.stacks import Deployed, Stacks
from serein.deploy.templates import NAMES, SERVICES, Project, Template, open_project, read_template
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
class Options:
    """How to deploy a project."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    """Of the template; of a serverless.yml, what `${param:…}` finds."""
    stage: str = ""
    """Of a serverless.yml, or an environment of samconfig.toml."""
    environment: Mapping[str, Any] = field(default_factory=dict)
    """Variables that functions get besides the template's own, as `with_environment` reads them."""
    data: Path | None = None
    """Where the build cache goes; `.serein` in the project when not given."""
    prefers_defaults: bool = False
    """Whether changed defaults of parameters count (see `Stacks.deploy`)."""
    is_strict: bool = False
    """Whether what would have no effect here is refused."""


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
        options: Options | None = None,
        say: Say = silent,
        watch: Watch = unwatched,
    ) -> None:
        """Raises TemplateInvalid."""
        self._options = options or Options()
        self.project = open_project(path, self._options.stage)
        self.stack_name = stack_name or _default_name(self.project, self._options)
        self._target = target
        self._say, self._watch = say, watch
        self._packager = Packager(BuildCache((self._options.data or self.project.folder / ".serein") / "build", say))
        self._template: Template = {}
        self._packaged: Packaged | None = None
        self.deployed: Deployed | None = None
        self._connections: tuple[Artifacts, Stacks] | None = None

    @property
    def folder(self) -> Path:
        """Where the project is."""
        return self.project.folder

    @property
    def sources(self) -> dict[str, Path]:
        """Where the code of each function and layer is, by logical id; empty before the first deployment."""
        return self._packaged.sources if self._packaged is not None else {}

    def deploy(self) -> Deployed:
        """Build, upload and deploy everything. Raises DeployFailed."""
        definition = self._define()
        with self._explaining(definition.template):
            return self._deploy(definition, self._package(definition))

    def plan(self) -> list[Plan]:
        """What `deploy` would change. Raises DeployFailed."""
        definition = self._define()
        with self._explaining(definition.template):
            return [self._plan(definition, self._package(definition))]

    def delete(self) -> list[str]:
        """Delete the stack with everything in it; its name, when there was one. Raises DeployFailed."""
        return [self.stack_name] if self._connect()[1].delete(self.stack_name) else []

    def redeploy(self, changed: Collection[Path] = (), show: Callable[[Plan], None] | None = None) -> list[str]:
        """Bring what changed since the last deployment into effect, and return the logical ids that changed.

        What changed is found by looking: which files were saved is not needed.

        When only code of functions changed, the functions get their new code directly: that takes milliseconds, and
        the next deployment of the stack finds them up to date. Else the stack is deployed, and `show` is called with
        what is going to change. Raises DeployFailed.
        """
        definition = self._define()
        with self._explaining(definition.template):
            packaged = self._package(definition)
            if self._packaged is not None and self.deployed is not None:
                if packaged.template == self._packaged.template:
                    return []
                known = self._packaged.functions
                names = [name for name, key in packaged.functions.items() if known.get(name) != key]
                if definition.template == self._template and self._is_code_only(packaged, names):
                    self._update_code(packaged, names)
                    return names
                if show is not None:
                    show(self._plan(definition, packaged))
            deployed = self._deploy(definition, packaged)
            return [self.stack_name] if deployed.is_changed else []

    def _deploy(self, definition: "_Definition", packaged: Packaged) -> Deployed:
        _, stacks = self._connect()
        self.deployed = stacks.deploy(
            self.stack_name,
            packaged.template,
            definition.parameters,
            prefers_defaults=self._options.prefers_defaults,
            is_strict=self._options.is_strict,
        )
        self.deployed.warnings[:0] = [*self._unread(), *definition.warnings]
        self._template, self._packaged = definition.template, packaged
        return self.deployed

    def _unread(self) -> list[str]:
        """Which other project of the folder is not this one, where both could be meant."""
        names = () if self.project.is_service else SERVICES
        found = [name for name in names if (self.folder / name).is_file()]
        return [f"{name} is there too, and is not read: name it to deploy it." for name in found]

    def _plan(self, definition: "_Definition", packaged: Packaged) -> Plan:
        _, stacks = self._connect()
        preference = self._options.prefers_defaults
        return stacks.plan(self.stack_name, packaged.template, definition.parameters, prefers_defaults=preference)

    def _update_code(self, packaged: Packaged, changed: list[str]) -> None:
        assert self.deployed is not None
        artifacts, _ = self._connect()
        functions = self._target.client("lambda")
        for logical_id in changed:
            functions.update_function_code(
                FunctionName=self.deployed.resources[logical_id],
                S3Bucket=artifacts.bucket,
                S3Key=packaged.functions[logical_id],
            )
        self._packaged = packaged

    def _explaining(self, template: Template) -> AbstractContextManager[None]:
        return explaining(self.project, template, self.stack_name, self._exporters)

    def _exporters(self) -> dict[str, str]:
        return self._connect()[1].exporters()

    def _define(self) -> "_Definition":
        """What the project says now. Raises TemplateInvalid."""
        with self._explaining({}):
            return self._read()

    def _read(self) -> "_Definition":
        path = self.project.template_path
        if self.project.is_service:
            # Why here: templates, the most of what is deployed, need none of the compiler.
            from serein.deploy.serverless.cloud import EndpointCloud
            from serein.deploy.serverless.project import Given, compile_project

            given = Given(self._options.stage, self._options.parameters, inherited())
            cloud = EndpointCloud(str(self._target.session.region_name), self._target.client)
            compiled = compile_project(path, given, cloud)
            template = with_environment(compiled.template, self._options.environment)
            return _Definition(template, dict(compiled.parameters), compiled.warnings, compiled.complete)
        template = read_template(path)
        declared = template.get("Parameters") or {}
        presets = {name: value for name, value in self.project.presets.parameters.items() if name in declared}
        parameters = {**presets, **self._options.parameters}
        return _Definition(with_environment(unrolled(template, parameters), self._options.environment), parameters)

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
            presets = self.project.presets
            settings: dict[str, Any] = {}
            if presets.tags is not None:
                settings["Tags"] = [{"Key": key, "Value": value} for key, value in presets.tags.items()]
            if presets.notification_arns is not None:
                settings["NotificationARNs"] = list(presets.notification_arns)
            self._connections = _connect(self._target, self._say, self._watch, settings)
        return self._connections


def delete_stack(name: str, target: Target, say: Say = silent, watch: Watch = unwatched) -> bool:
    """Delete a stack and wait until it is gone; False when there was none. Raises StackFailed."""
    return _connect(target, say, watch)[1].delete(name)


def stack_name_of(path: Path, stage: str = "") -> str:
    """The name that a project's stack gets when none is given. Raises TemplateInvalid."""
    return _default_name(open_project(path, stage), Options(stage=stage))


def _default_name(project: Project, options: Options) -> str:
    if project.is_service:
        # Why here: as above.
        from serein.deploy.serverless.project import Given, stack_name_of_service

        return stack_name_of_service(project.template_path, Given(options.stage, options.parameters, inherited()))
    # A folder can have several templates; those that aren't the folder's own go by their own names.
    own = project.folder.name if project.template_path.name in NAMES else project.template_path.stem
    return project.presets.stack_name or _stack_name(own)


def _connect(
    target: Target, say: Say, watch: Watch, settings: dict[str, Any] | None = None
) -> tuple[Artifacts, Stacks]:
    account = target.client("sts").get_caller_identity()["Account"]
    artifacts = Artifacts(target.client("s3"), account, target.session.region_name)
    return artifacts, Stacks(target.client("cloudformation"), artifacts, say, watch, settings)


def _stack_name(text: str) -> str:
    """A stack name made from a folder's or file's: letters, digits and hyphens, starting with a letter."""
    name = "".join(character if character.isascii() and character.isalnum() else "-" for character in text)
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
