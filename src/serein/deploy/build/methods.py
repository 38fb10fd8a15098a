"""Which tool builds a function or a layer: what its BuildMethod says, else its runtime and what lies beside its code.

AWS: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build.html
"""

import re
from pathlib import Path

from serein.deploy.errors import BuildFailed

ESBUILD, MAKE, CARGO, GO, MAVEN, GRADLE, BUNDLER = "esbuild", "makefile", "cargo", "go", "maven", "gradle", "bundler"
MAKEFILES = ("Makefile", "makefile", "GNUmakefile")
_BY_METHOD = {"esbuild": ESBUILD, "makefile": MAKE, "rust-cargolambda": CARGO, "go1.x": GO}
_MANIFESTS = {"build.gradle": GRADLE, "build.gradle.kts": GRADLE, "pom.xml": MAVEN}
_OF_LAYERS = (MAKE, "python3", "nodejs", "java", "ruby")
_KNOWN = ("python3", "python-uv", "nodejs", "java", "ruby", "dotnet", "provided")
"""How methods begin that aren't tools by themselves."""


def tool_of(logical_id: str, method: str, runtime: str, source: Path, *, is_layer: bool) -> str:
    """The tool that makes the whole package; empty when its sources and their dependencies do. Raises BuildFailed.

    `method` is what the template asks for; `runtime` counts where it asks for nothing.
    """
    if is_layer and method and not method.startswith(_OF_LAYERS):
        raise _refused(logical_id, method, " for layers")
    if method in _BY_METHOD:
        return _BY_METHOD[method]
    if method and not method.startswith(_KNOWN):
        raise _refused(logical_id, method, "")
    wanted = method or ("" if is_layer else runtime)
    if wanted.startswith("java"):
        return _by_manifest(logical_id, method, source)
    if wanted.startswith("ruby"):
        return BUNDLER if (source / "Gemfile").is_file() else ""
    if wanted.startswith("dotnet") and (method or any(source.glob("*.csproj"))):
        raise BuildFailed(
            f"{logical_id}: Serein neither builds nor runs .NET functions. Point the template at a published folder or "
            "a zip to deploy it without building."
        )
    if wanted == "go1.x":
        return GO if (source / "go.mod").is_file() else ""
    if wanted.startswith("provided"):
        return MAKE if _has_target(source, logical_id) else ""
    return ""


def _refused(logical_id: str, method: str, where: str) -> BuildFailed:
    return BuildFailed(
        f"{logical_id}: BuildMethod {method} is not supported{where}. Use a makefile build, or point the template at a "
        "package that is already built."
    )


def _by_manifest(logical_id: str, method: str, source: Path) -> str:
    for name, tool in _MANIFESTS.items():
        if (source / name).is_file():
            return tool
    if method:
        raise BuildFailed(f"{logical_id}: none of {', '.join(_MANIFESTS)} is in {source}.")
    return ""


def _has_target(source: Path, logical_id: str) -> bool:
    """Whether the folder's Makefile builds the function."""
    for name in MAKEFILES:
        if (source / name).is_file():
            text = (source / name).read_text(errors="replace")
            return re.search(rf"^[^#\n:]*\bbuild-{re.escape(logical_id)}\b[^:\n]*:", text, re.MULTILINE) is not None
    return False
