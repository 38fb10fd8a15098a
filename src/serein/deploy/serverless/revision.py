"""`${git:…}`: what version control says of the project, as version 4 and serverless-plugin-git-variables have it.

https://www.serverless.com/framework/docs/guides/variables/git
"""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from serein.deploy.errors import TemplateInvalid

_PATIENCE_SECONDS = 30
_COMMANDS: Mapping[str, tuple[str, ...]] = {
    "branch": ("rev-parse", "--abbrev-ref", "HEAD"),
    "commit": ("rev-parse", "--short", "HEAD"),
    "describe": ("describe", "--always"),
    "describeLight": ("describe", "--always", "--tags"),
    "email": ("config", "user.email"),
    "isDirty": ("status", "--porcelain"),
    "message": ("log", "-1", "--pretty=%B"),
    "messageBody": ("log", "-1", "--pretty=%b"),
    "messageSubject": ("log", "-1", "--pretty=%s"),
    "repository": ("rev-parse", "--show-toplevel"),
    "root": ("rev-parse", "--show-toplevel"),
    "sha1": ("rev-parse", "HEAD"),
    "tags": ("tag", "--points-at", "HEAD"),
    "user": ("config", "user.name"),
}


def revision_of(folder: Path, address: str) -> Any:
    """What is known at an address; None when git knows nothing. Raises TemplateInvalid."""
    command = _COMMANDS.get(address)
    if command is None:
        raise TemplateInvalid(f"${{git:{address}}} is not known: there are {', '.join(_COMMANDS)}.")
    git = shutil.which("git")
    if git is None:
        raise TemplateInvalid(f"${{git:{address}}} needs git, which is not installed (not on PATH).")
    ran = subprocess.run(
        [git, *command], cwd=folder, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False
    )
    text = ran.stdout.strip()
    if ran.returncode:
        return None
    if address == "isDirty":
        return bool(text)
    if address == "repository":
        return Path(text).name
    if address == "tags":
        return "::".join(text.split()) or None
    return text or None
