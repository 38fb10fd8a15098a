"""Running an app: its command, with what the CDK's command line tells it by the environment."""

import json
import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serein.deploy.build.tools import run_tool
from serein.deploy.cdk.project import ASSEMBLY, CdkProject, is_assembly
from serein.deploy.errors import BuildFailed, TemplateInvalid
from serein.settings import inherited

_LARGEST_VARIABLE_BYTES = 120_000
"""Linux allows 128 KiB."""
_LONGEST_LINE = 500
_VIRTUAL = (".venv", "venv")
_HINTS = (
    ("No module named 'aws_cdk", "The app's packages are not installed: pip install -r requirements.txt"),
    ("No module named 'constructs", "The app's packages are not installed: pip install -r requirements.txt"),
    ("Cannot find module", "Packages of the app are not installed: npm install"),
    ("npx canceled due to missing packages", "The app's packages are not installed: npm install"),
    ("ENAMETOOLONG", "An asset packages the folder that it is written to: leave out cdk.out and .serein (`exclude`)."),
    ("spawnSync docker ENOENT", "The app bundles an asset in a container: that needs Docker on PATH."),
    ("Cannot connect to the Docker daemon", "The app bundles an asset in a container: that needs Docker to run."),
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an app is told of where it will be deployed."""

    account: str
    region: str
    variables: dict[str, str]
    """For AWS's SDKs: endpoint and credentials."""


def run_app(project: CdkProject, target: Path, surroundings: Surroundings, context: dict[str, Any]) -> None:
    """Run the app so that its assembly is in `target`. Raises BuildFailed, TemplateInvalid."""
    target.mkdir(parents=True, exist_ok=True)
    environment = {
        **surroundings.variables,
        **_paths(project.folder),
        "CDK_OUTDIR": str(target),
        "CDK_DEFAULT_ACCOUNT": surroundings.account,
        "CDK_DEFAULT_REGION": surroundings.region,
        **_context_variables(project, target, context),
    }
    for command in filter(None, (project.build, _command(project))):
        try:
            run_tool("The app", ["/bin/sh", "-c", command], project.folder, environment)
        except BuildFailed as error:
            raise BuildFailed(_told(command, error.message)) from error
    if not is_assembly(target):
        raise TemplateInvalid(
            f"{project.folder}: `{project.app}` ended well and wrote no assembly to the folder in CDK_OUTDIR. "
            "An app that names its own outdir must leave it out; one that never calls synth() writes none."
        )


def _told(command: str, said: str) -> str:
    """What a command said when it failed: a hint where one is known, and no lines of minified code."""
    hint = next((f"{hint}\n" for sign, hint in _HINTS if sign in said), "")
    lines = [line for line in said.splitlines() if len(line) <= _LONGEST_LINE]
    return f"`{command}`: {hint}" + "\n".join(lines)


def _command(project: CdkProject) -> str:
    """The app's command; a file of JavaScript that can't run by itself is given to node."""
    first, _, rest = project.app.strip().partition(" ")
    file = project.folder / first
    if file.is_file() and file.suffix == ".js" and not os.access(file, os.X_OK):
        return f"node {shlex.quote(str(file))} {rest}".strip()
    if file.is_file() and "/" not in first:
        return f"{shlex.quote(str(file))} {rest}".strip()
    return project.app


def _paths(folder: Path) -> dict[str, str]:
    """PATH with the project's own tools first: those of npm, and of a virtual environment that nobody has activated."""
    found = inherited()
    places = [folder / "node_modules" / ".bin"]
    variables = {}
    if not found.get("VIRTUAL_ENV") or not Path(found["VIRTUAL_ENV"]).is_relative_to(folder):
        virtual = next((folder / name for name in _VIRTUAL if (folder / name / "pyvenv.cfg").is_file()), None)
        if virtual is not None:
            places.append(virtual / "bin")
            variables["VIRTUAL_ENV"] = str(virtual)
    existing = [str(place) for place in places if place.is_dir()]
    return {**variables, "PATH": os.pathsep.join([*existing, found.get("PATH", os.defpath)])}


def _context_variables(project: CdkProject, target: Path, context: dict[str, Any]) -> dict[str, str]:
    settings = project.settings
    told = {
        # Why: a function that installs the newest SDK takes a minute, and the network; the runtime has one.
        "@aws-cdk/customresources:installLatestAwsSdkDefault": False,
        **project.context,
        **context,
        # Why: it makes a function that changes a security group, and VPCs are only recorded.
        "@aws-cdk/aws-ec2:restrictDefaultSecurityGroup": False,
        "aws:cdk:bundling-stacks": ["**"],
        "aws:cdk:enable-asset-metadata": settings.get("assetMetadata", True),
        "aws:cdk:enable-path-metadata": settings.get("pathMetadata", True),
    }
    if settings.get("versionReporting", True):
        told["aws:cdk:version-reporting"] = True
    else:
        told["aws:cdk:disable-version-reporting"] = True
    text = json.dumps(told)
    if len(text.encode()) < _LARGEST_VARIABLE_BYTES:
        return {"CDK_CONTEXT_JSON": text}
    overflow = target.with_name(f"{ASSEMBLY}.context.json")
    overflow.write_text(text)
    return {"CDK_CONTEXT_JSON": "{}", "CONTEXT_OVERFLOW_LOCATION_ENV": str(overflow)}
