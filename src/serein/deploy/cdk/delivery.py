"""One stack of an app brought to the server: bootstrap, assets, parameters, the stack itself."""

import hashlib
import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serein.deploy.application import Options
from serein.deploy.artifacts import Artifacts
from serein.deploy.cdk import bootstrap
from serein.deploy.cdk.assembly import StackArtifact
from serein.deploy.cdk.assets import AssetPublisher
from serein.deploy.cdk.environments import Environment, Environments
from serein.deploy.cdk.legacy import publish_legacy
from serein.deploy.environment import with_environment
from serein.deploy.explaining import explaining
from serein.deploy.plans import Plan
from serein.deploy.progress import Say, Watch
from serein.deploy.stacks import Deployed, Stacks
from serein.deploy.templates import Project, Template

_FUNCTION = "AWS::Lambda::Function"


@dataclass(frozen=True, slots=True)
class Delivered:
    """A stack as it was deployed last."""

    artifact: StackArtifact
    template: Template
    fingerprint: str
    deployed: Deployed


@dataclass(frozen=True, slots=True)
class _Ready:
    """A stack that could be deployed now."""

    stacks: Stacks
    environment: Environment
    template: Template
    parameters: dict[str, str]


def _explaining(stack: StackArtifact, ready: _Ready) -> AbstractContextManager[None]:
    project = Project(stack.template_path.parent, stack.template_path)
    return explaining(project, ready.template, stack.name, ready.stacks.exporters)


class Delivery:
    """Deploys, compares and deletes stacks, in whichever environments they are for."""

    def __init__(
        self, environments: Environments, publisher: AssetPublisher, options: Options, say: Say, watch: Watch
    ) -> None:
        self.environments = environments
        self._publisher = publisher
        self._options = options
        self._say, self._watch = say, watch
        self._bootstrapped: set[tuple[str, str, str]] = set()

    def deploy(self, stack: StackArtifact, known: Delivered | None) -> Delivered:
        """Deploy a stack, unless it is as it was when it was deployed last. Raises DeployFailed."""
        ready = self._ready(stack)
        fingerprint = _fingerprint(ready, stack.properties)
        if known is not None and known.fingerprint == fingerprint:
            known.deployed.is_changed = False
            known.deployed.changes.clear()
            return Delivered(stack, ready.template, fingerprint, known.deployed)
        own = str(stack.properties.get("stackTemplateAssetObjectUrl") or "").rpartition("/")[2]
        for asset in stack.assets:
            if not own or all(each.get("objectKey") != own for each in asset.destinations):
                self._publisher.publish(asset, ready.environment)
        with _explaining(stack, ready):
            deployed = ready.stacks.deploy(
                stack.name,
                ready.template,
                ready.parameters,
                prefers_defaults=self._options.prefers_defaults,
                is_strict=self._options.is_strict,
            )
        is_protected = bool(stack.properties.get("terminationProtection"))
        ready.environment.client("cloudformation").update_termination_protection(
            StackName=stack.name, EnableTerminationProtection=is_protected
        )
        return Delivered(stack, ready.template, fingerprint, deployed)

    def plan(self, stack: StackArtifact, known: Delivered | None = None) -> Plan:
        """What `deploy` would change. Raises DeployFailed."""
        ready = self._ready(stack)
        if known is not None and known.fingerprint == _fingerprint(ready, stack.properties):
            return Plan(stack.name, is_new=False)
        preference = self._options.prefers_defaults
        with _explaining(stack, ready):
            return ready.stacks.plan(stack.name, ready.template, ready.parameters, prefers_defaults=preference)

    def delete(self, stack: StackArtifact) -> bool:
        """Delete a stack; False when there is none. Raises StackFailed."""
        environment = self.environments.environment(stack.account, stack.region)
        return self._stacks(environment, {}).delete(stack.name)

    def update_code(self, delivered: Delivered, logical_id: str, content: str, package: Path) -> None:
        """Give a function other code; `content` names it."""
        artifact = delivered.artifact
        environment = self.environments.environment(artifact.account, artifact.region)
        artifacts = _artifacts(environment)
        artifacts.upload(f"{content}.zip", package)
        environment.client("lambda").update_function_code(
            FunctionName=delivered.deployed.resources[logical_id], S3Bucket=artifacts.bucket, S3Key=f"{content}.zip"
        )

    def _ready(self, stack: StackArtifact) -> _Ready:
        environment = self.environments.environment(stack.account, stack.region)
        template = self._with_variables(stack.template())
        self._require_bootstrap(stack, environment)
        parameters = {
            **(stack.properties.get("parameters") or {}),
            **publish_legacy(stack, self._publisher, _artifacts(environment).bucket, environment),
            **self._parameters(stack, template),
        }
        tags = stack.properties.get("tags") or {}
        settings = {
            "Tags": [{"Key": str(key), "Value": str(value)} for key, value in tags.items()],
            "NotificationARNs": stack.properties.get("notificationArns") or [],
        }
        return _Ready(self._stacks(environment, settings), environment, template, parameters)

    def _parameters(self, stack: StackArtifact, template: Template) -> dict[str, str]:
        declared = template.get("Parameters") or {}
        found = {}
        for given, value in self._options.parameters.items():
            owner, _, name = given.rpartition(":")
            if name in declared and owner in ("", stack.name, stack.display_name):
                found[name] = value
        return found

    def _with_variables(self, template: Template) -> Template:
        """The template with the variables that its functions get on this machine besides their own."""
        resources = template["Resources"]
        own = {name for name, each in resources.items() if isinstance(each, dict) and each.get("Type") == _FUNCTION}
        given = self._options.environment
        return with_environment(
            template, {name: value for name, value in given.items() if not isinstance(value, dict) or name in own}
        )

    def _require_bootstrap(self, stack: StackArtifact, environment: Environment) -> None:
        """Make what the stack's template and assets expect of `cdk bootstrap`, once per environment."""
        name = stack.properties.get("bootstrapStackVersionSsmParameter")
        if not name:
            return
        qualifier = bootstrap.qualifier_of(str(name))
        key = (environment.account, environment.region, qualifier)
        if key in self._bootstrapped:
            return
        needed = int(stack.properties.get("requiresBootstrapStackVersion") or 0)
        if not bootstrap.is_bootstrapped(environment, qualifier, needed):
            self._say(f"Bootstrapping {environment.account}/{environment.region}")
            template = bootstrap.bootstrap_template(qualifier)
            self._stacks(environment, {}).deploy(bootstrap.stack_name(qualifier), template, {})
        self._bootstrapped.add(key)

    def _stacks(self, environment: Environment, settings: dict[str, Any]) -> Stacks:
        client = environment.client("cloudformation")
        return Stacks(client, _artifacts(environment), self._say, self._watch, settings)


def _artifacts(environment: Environment) -> Artifacts:
    return Artifacts(environment.client("s3"), environment.account, environment.region)


def _fingerprint(ready: _Ready, properties: dict[str, Any]) -> str:
    """Of everything that a deployment of a stack depends on."""
    told = [properties.get(name) for name in ("tags", "terminationProtection", "notificationArns")]
    text = json.dumps([ready.template, ready.parameters, told], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
