"""Java and Kotlin: classes and the libraries that they need, by Maven or Gradle, from a copy of the sources."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from serein.deploy.build.cache import BuildCache
from serein.deploy.build.tools import find_tool, require_tool, run_tool
from serein.deploy.errors import BuildFailed
from serein.deploy.sources import copy_sources

OUTPUTS = frozenset({"target", "build", ".gradle"})
"""What the tools make beside the sources."""
_WRAPPER = "gradlew"
_GRADLE_TASK = "sereinPackage"
_GRADLE_SCRIPT = f"""allprojects {{
    plugins.withId('java') {{
        tasks.create('{_GRADLE_TASK}', Copy) {{
            into System.getProperty('serein.package')
            from sourceSets.main.output
            into('lib') {{ from configurations.runtimeClasspath }}
        }}
        tasks.create('{_GRADLE_TASK}Layer', Copy) {{
            into System.getProperty('serein.package')
            from tasks.named('jar')
            from configurations.runtimeClasspath
        }}
    }}
}}
"""


def build_with_maven(cache: BuildCache, what: str, source: Path, target: Path, *, is_layer: bool) -> None:
    """Fill `target` with classes and `lib`; for a layer, `java/lib` with the jars. Raises BuildFailed."""
    maven = require_tool("mvn", what)
    with cache.scratch() as work:
        copy_sources(source, work, OUTPUTS)
        goals = ["package", "dependency:copy-dependencies", "-DincludeScope=runtime", "-Dmdep.prependGroupId=true"]
        run_tool(what, [maven, "--batch-mode", "--quiet", "-DskipTests", *goals], work)
        made = work / "target"
        if is_layer:
            _copy_files(target / "java" / "lib", [*made.glob("*.jar"), *(made / "dependency").glob("*.jar")])
            return
        if not (made / "classes").is_dir():
            raise BuildFailed(f"{what}: mvn package made no target/classes.")
        shutil.copytree(made / "classes", target, dirs_exist_ok=True)
        _copy_files(target / "lib", (made / "dependency").glob("*.jar"))


def build_with_gradle(cache: BuildCache, what: str, source: Path, target: Path, *, is_layer: bool) -> None:
    """Fill `target` with classes and `lib`; for a layer, `java/lib` with the jars. Raises BuildFailed."""
    with cache.scratch() as work:
        copy_sources(source, work, OUTPUTS)
        gradle = _require_gradle(what, source, work)
        script = work / ".serein.gradle"
        script.write_text(_GRADLE_SCRIPT)
        place = target / "java" / "lib" if is_layer else target
        task = f"{_GRADLE_TASK}Layer" if is_layer else _GRADLE_TASK
        command = [gradle, "--quiet", "--no-daemon", "--init-script", str(script), f"-Dserein.package={place}", task]
        run_tool(what, command, work)


def _require_gradle(what: str, source: Path, work: Path) -> str:
    """The project's own wrapper, which may lie in a folder above, else Gradle on PATH."""
    if (work / _WRAPPER).is_file():
        return str(work / _WRAPPER)
    above = next((folder / _WRAPPER for folder in source.parents if (folder / _WRAPPER).is_file()), None)
    if above is not None and os.access(above, os.X_OK):
        return str(above)
    return find_tool("gradle") or require_tool("gradle", what)


def _copy_files(folder: Path, files: Iterable[Path]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in files:
        shutil.copy2(path, folder)
