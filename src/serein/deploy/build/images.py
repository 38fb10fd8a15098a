"""Container images of functions, built by the machine's container engine from a SAM template's `Metadata`."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from serein.deploy.build.tools import run_tool
from serein.deploy.errors import BuildFailed
from serein.settings import from_environment, inherited

_PROBE_SECONDS = 30
_REPOSITORY = "localhost/serein"


def names_image(metadata: dict[str, Any]) -> bool:
    """Whether a function's Metadata says how its image is built."""
    return bool(metadata.get("Dockerfile") or metadata.get("DockerContext"))


def build_image(logical_id: str, metadata: dict[str, Any], folder: Path) -> str:
    """Build a function's image; paths are relative to `folder`. Gives its name, another one whenever it has changed.

    Raises BuildFailed.
    """
    context = (folder / str(metadata.get("DockerContext") or ".")).resolve()
    file = context / str(metadata.get("Dockerfile") or "Dockerfile")
    if not file.is_file():
        raise BuildFailed(f"{logical_id}: {file} does not exist.")
    engine = find_engine(logical_id)
    repository = f"{_REPOSITORY}/{logical_id.lower()}"
    latest = f"{repository}:{metadata.get('DockerTag') or 'latest'}"
    command = [*engine, "build", "--tag", latest, "--file", str(file)]
    for name, value in (metadata.get("DockerBuildArgs") or {}).items():
        command += ["--build-arg", f"{name}={value}"]
    if target := metadata.get("DockerBuildTarget"):
        command += ["--target", str(target)]
    run_tool(logical_id, [*command, str(context)], context)
    identity = _identity(logical_id, engine, latest)
    uri = f"{repository}:{identity[:12]}"
    run_tool(logical_id, [*engine, "tag", latest, uri], context)
    return uri


def find_engine(logical_id: str) -> list[str]:
    """The command of the engine that the server would use too. Raises BuildFailed."""
    # Why here: container engines take a while to import, and few applications have images.
    from serein.runtime.containers import ENGINES

    setting = from_environment().container_engine
    wanted = [[name] for name in ENGINES] if setting == "auto" else [setting.split()] if setting != "off" else []
    for command in wanted:
        if shutil.which(command[0]) and _run([*command, "info"]) is not None:
            return command
    raise BuildFailed(
        f"{logical_id}: its image is built by a container engine, and none works here. Install and start Docker or "
        "Podman, or name an engine's command in SEREIN_CONTAINER_ENGINE."
    )


def _identity(logical_id: str, engine: list[str], name: str) -> str:
    inspected = _run([*engine, "image", "inspect", name])
    if inspected is None:
        raise BuildFailed(f"{logical_id}: the image {name} was built, and is not there.")
    return str(json.loads(inspected)[0]["Id"]).removeprefix("sha256:")


def _run(command: list[str]) -> bytes | None:
    """What a command prints; None when it fails."""
    try:
        done = subprocess.run(
            command,
            env=inherited(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
