"""A project of the framework: its configuration read for a stage, and compiled."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.compilation import Compiled, compile_service
from serein.deploy.serverless.documents import read_document, run_module
from serein.deploy.serverless.plugins.dotenv import PLUGIN as ENV_PLUGIN
from serein.deploy.serverless.plugins.dotenv import dotenv_variables
from serein.deploy.serverless.plugins.expansion import expanded
from serein.deploy.serverless.service import Service, read_service
from serein.deploy.serverless.sources import Cloud, Options, Sources, with_env_files


@dataclass(frozen=True, slots=True)
class Given:
    """What the caller says of a deployment."""

    stage: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


class NoCloud:
    """For what must be known of a project before there is a server to ask."""

    region = ""

    def account(self) -> str:
        raise TemplateInvalid("The names of the service and its stack must not depend on the account.")

    def output(self, stack: str, output: str, region: str) -> str | None:
        raise TemplateInvalid("The names of the service and its stack must not depend on outputs of other stacks.")

    def parameter(self, name: str, region: str, *, decrypts: bool) -> tuple[str, str] | None:
        raise TemplateInvalid("The names of the service and its stack must not depend on parameters of SSM.")

    def object(self, bucket: str, key: str) -> str | None:
        raise TemplateInvalid("The names of the service and its stack must not depend on objects.")

    def is_domain_of_others(self, name: str, stack: str) -> bool:
        return False


def stack_name_of_service(path: Path, given: Given) -> str:
    """The stack that a project's deployment makes. Raises TemplateInvalid."""
    sources, stage, _ = _open(path, given, NoCloud())
    find = sources.variables.find
    name = find("service.name") or find("service")
    if not isinstance(name, str):
        raise TemplateInvalid(f"{path} needs the name of the service: `service: …`.")
    return str(find("provider.stackName") or f"{name}-{stage}")


def compile_project(path: Path, given: Given, cloud: Cloud) -> Compiled:
    """Read a project's configuration and compile it. Raises TemplateInvalid."""
    sources, stage, warnings = _open(path, given, cloud)
    document = sources.variables.document()
    plugins = document.get("plugins") or ()
    variables: dict[str, str] = {}
    if ENV_PLUGIN in (plugins.get("modules") or () if isinstance(plugins, dict) else plugins):
        custom = document.get("custom")
        variables = dotenv_variables(
            custom if isinstance(custom, dict) else {}, lambda: with_env_files(path.parent, stage, {})
        )
    service = expanded(read_service(document, stage, path.parent, variables))
    compiled = compile_service(service, lambda name: cloud.is_domain_of_others(name, service.stack_name))
    parameters = _stack_parameters(service, compiled.template.get("Parameters") or {}, given)
    return replace(compiled, warnings=[*warnings, *compiled.warnings], parameters=parameters)


def _stack_parameters(service: Service, declared: Mapping[str, Any], given: Given) -> dict[str, str]:
    """What the stack's own parameters are: those of the configuration, and those of the caller that it declares."""
    found = {}
    for each in service.provider.get("stackParameters") or ():
        if "ParameterValue" in each:
            found[str(each["ParameterKey"])] = str(each["ParameterValue"])
    return {**found, **{name: value for name, value in given.parameters.items() if name in declared}}


def _open(path: Path, given: Given, cloud: Cloud) -> tuple[Sources, str, list[str]]:
    """The configuration's variables, the stage, and warnings."""
    document, warnings = _in_region(_read(path), cloud.region)
    options = {"region": cloud.region} if cloud.region else {}
    if given.stage:
        options["stage"] = given.stage
    environment = dict(given.environment)
    before = Sources(document, Options(path.parent, cloud, given.stage, options, given.parameters, environment))
    stage = before.stage()
    if _wants_env_files(document):
        environment = with_env_files(path.parent, stage, environment)
    sources = Sources(document, Options(path.parent, cloud, stage, options, given.parameters, environment))
    return sources, stage, warnings


def _read(path: Path) -> dict[str, Any]:
    if path.suffix in (".yml", ".yaml", ".json"):
        document = read_document(path)
    else:
        document = run_module(path, "", {}, _asked_early)
    if not isinstance(document, dict):
        raise TemplateInvalid(f"{path} holds no object.")
    return document


def _asked_early(variable: str) -> Any:
    raise TemplateInvalid(f"The configuration asks for ${{{variable}}} while it is being read.")


def _wants_env_files(document: Mapping[str, Any]) -> bool:
    """Asked for, by the plugin, or because version 4 reads them always."""
    plugins = document.get("plugins")
    has_plugin = isinstance(plugins, list) and ENV_PLUGIN in plugins
    is_fourth = str(document.get("frameworkVersion", "")).lstrip("^~>=v ").startswith("4")
    return bool(document.get("useDotenv")) or has_plugin or is_fourth


def _in_region(document: dict[str, Any], region: str) -> tuple[dict[str, Any], list[str]]:
    """The configuration with the region that is deployed to, so that ARNs made of `self:provider.region` are right.

    With it a warning when a different region is written there.
    """
    provider = document.get("provider")
    if not region or not isinstance(provider, dict) or "region" not in provider:
        return document, []
    named = str(provider["region"])
    warnings = [f"provider.region: {named} is not used; the deployment is in {region} (--region says which)."]
    is_other = named != region and "${" not in named
    return {**document, "provider": {**provider, "region": region}}, warnings if is_other else []
