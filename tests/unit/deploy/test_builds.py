"""Which tool builds what, and what becomes of its work. Java's and Ruby's tools are stood in for by scripts."""

import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from serein.deploy.build.cache import BuildCache
from serein.deploy.build.methods import tool_of
from serein.deploy.build.packages import Packager, Unit
from serein.deploy.build.tools import find_tool
from serein.deploy.errors import BuildFailed
from serein.deploy.progress import silent

MVN = """
mkdir -p target/classes/app target/dependency
cp src/App.java target/classes/app/App.class
echo library > target/dependency/org.lib-1.jar
echo jar > target/app-1.jar
"""
GRADLE = """
for word in "$@"; do case "$word" in -Dserein.package=*) place="${word#*=}";; esac; done
mkdir -p "$place/lib"; cp src/App.java "$place/App.class"; echo "$@" > "$place/lib/arguments.jar"
"""
BUNDLE = """
mkdir -p "$BUNDLE_PATH/ruby/3.3.0/gems/rain"
echo "$BUNDLE_WITHOUT" > "$BUNDLE_PATH/ruby/3.3.0/gems/rain/without"
"""


@pytest.fixture
def packager(tmp_path: Path) -> Packager:
    return Packager(BuildCache(tmp_path / "cache", silent))


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Puts a program in front of the others on PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def put(name: str, script: str) -> None:
        (folder / name).write_text(f"#!/bin/sh\nset -e\n{script}")
        (folder / name).chmod(0o755)

    return put


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def names(package: Path) -> list[str]:
    with zipfile.ZipFile(package) as opened:
        return sorted(opened.namelist())


def text(package: Path, name: str) -> str:
    with zipfile.ZipFile(package) as opened:
        return opened.read(name).decode()


@pytest.mark.parametrize(
    ("method", "runtime", "files", "tool"),
    [
        ("esbuild", "nodejs20.x", (), "esbuild"),
        ("makefile", "provided.al2023", (), "makefile"),
        ("rust-cargolambda", "provided.al2023", (), "cargo"),
        ("go1.x", "provided.al2023", (), "go"),
        ("python3.12", "provided.al2023", (), ""),
        ("python-uv", "python3.12", (), ""),
        ("", "java21", ("pom.xml",), "maven"),
        ("", "java21", ("build.gradle.kts", "pom.xml"), "gradle"),
        ("", "java21", ("app.class",), ""),
        ("", "ruby3.3", ("Gemfile",), "bundler"),
        ("", "ruby3.3", (), ""),
        ("", "go1.x", ("go.mod",), "go"),
        ("", "provided.al2", ("Makefile",), "makefile"),
        ("", "provided.al2", ("bootstrap",), ""),
        ("", "python3.12", ("Makefile",), ""),
    ],
)
def test_the_method_chooses_the_tool_else_the_runtime_and_what_lies_beside(
    tmp_path: Path, method: str, runtime: str, files: tuple[str, ...], tool: str
) -> None:
    write(tmp_path, dict.fromkeys(files, "build-Other build-F: x\n"))
    assert tool_of("F", method, runtime, tmp_path, is_layer=False) == tool


@pytest.mark.parametrize(
    ("method", "runtime", "files", "is_layer", "said"),
    [
        ("cobol", "", (), False, "BuildMethod cobol is not supported. Use"),
        ("esbuild", "", (), True, "BuildMethod esbuild is not supported for layers"),
        ("rust-cargolambda", "", (), True, "not supported for layers"),
        ("python-uv", "", (), True, "not supported for layers"),
        ("dotnet8", "dotnet8", (), False, "neither builds nor runs .NET"),
        ("", "dotnet8", ("App.csproj",), False, "neither builds nor runs .NET"),
        ("java21", "", (), True, "none of build.gradle, build.gradle.kts, pom.xml is in"),
    ],
)
def test_what_cannot_be_built_is_refused_by_name(
    tmp_path: Path, method: str, runtime: str, files: tuple[str, ...], is_layer: bool, said: str
) -> None:
    write(tmp_path, dict.fromkeys(files, ""))
    with pytest.raises(BuildFailed) as refused:
        tool_of("F", method, runtime, tmp_path, is_layer=is_layer)
    assert said in str(refused.value)


def test_a_template_that_sam_built_is_taken_as_it_is(tmp_path: Path, packager: Packager) -> None:
    source = write(tmp_path / "source", {"requirements.txt": "no-such-package==99\n", "app.py": ""})
    package = packager.package(Unit("F", source, "python3.12", method="makefile", is_built=True))
    assert names(package.path) == ["app.py", "requirements.txt"]


def test_maven_gives_classes_and_libraries_and_layers_get_jars(
    tmp_path: Path, packager: Packager, stand_in: Callable[[str, str], None]
) -> None:
    stand_in("mvn", MVN)
    source = write(tmp_path / "source", {"pom.xml": "", "src/App.java": "x"})
    assert names(packager.package(Unit("F", source, "java21")).path) == ["app/App.class", "lib/org.lib-1.jar"]
    layer = packager.package(Unit("L", source, method="java21", is_layer=True))
    assert names(layer.path) == ["java/lib/app-1.jar", "java/lib/org.lib-1.jar"]
    assert sorted(path.name for path in source.iterdir()) == ["pom.xml", "src"]


def test_gradle_is_the_projects_own_wrapper_where_it_has_one(
    tmp_path: Path, packager: Packager, stand_in: Callable[[str, str], None]
) -> None:
    stand_in("gradle", GRADLE)
    source = write(tmp_path / "source", {"build.gradle": "", "src/App.java": "x"})
    first = packager.package(Unit("F", source, "java21"))
    assert names(first.path) == ["App.class", "lib/arguments.jar"]
    assert text(first.path, "lib/arguments.jar").split()[-1] == "sereinPackage"
    write(source, {"gradlew": f"#!/bin/sh\n{GRADLE}\necho own > $place/own.class\n"})
    (source / "gradlew").chmod(0o755)
    assert "own.class" in names(packager.package(Unit("F", source, "java21")).path)


def test_bundler_vendors_gems_without_those_for_development(
    tmp_path: Path, packager: Packager, stand_in: Callable[[str, str], None]
) -> None:
    stand_in("bundle", BUNDLE)
    source = write(tmp_path / "source", {"Gemfile": "", "app.rb": ""})
    package = packager.package(Unit("F", source, "ruby3.3"))
    gem = "vendor/bundle/ruby/3.3.0/gems/rain/without"
    assert names(package.path) == ["Gemfile", "app.rb", gem]
    assert text(package.path, gem) == "development:test\n"
    layer = packager.package(Unit("L", source, method="ruby3.3", is_layer=True))
    assert names(layer.path) == ["ruby/gems/3.3.0/gems/rain/without"]


@pytest.mark.skipif(shutil.which("cargo") is None, reason="cargo is not installed: Rust is not built")
def test_cargo_builds_the_named_binary_and_the_folder_stays_as_it_was(tmp_path: Path, packager: Packager) -> None:
    manifest = '[package]\nname = "rain"\nversion = "0.1.0"\nedition = "2021"\n'
    main = 'fn main() { println!("it rains"); }\n'
    source = write(tmp_path / "source", {"Cargo.toml": manifest, "src/main.rs": main, "src/bin/other.rs": main})
    with pytest.raises(BuildFailed, match="these binaries: other, rain"):
        packager.package(Unit("F", source, method="rust-cargolambda"))
    package = packager.package(Unit("F", source, method="rust-cargolambda", properties={"Binary": "other"}))
    assert names(package.path) == ["bootstrap"]
    with zipfile.ZipFile(package.path) as opened:
        assert opened.getinfo("bootstrap").external_attr >> 16 & 0o111
    assert sorted(path.name for path in source.iterdir()) == ["Cargo.toml", "src"]
    with pytest.raises(BuildFailed, match="Flags of rust-cargolambda are not known"):
        packager.package(Unit("F", source, method="rust-cargolambda", properties={"Flags": "x"}))


@pytest.mark.skipif(shutil.which("go") is None, reason="go is not installed: Go is not built")
def test_go_names_the_program_by_the_handler(tmp_path: Path, packager: Packager) -> None:
    root = write(
        tmp_path / "module", {"go.mod": "module rain\n\ngo 1.20\n", "f/main.go": "package main\nfunc main() {}\n"}
    )
    package = packager.package(Unit("F", root / "f", handler="bootstrap", method="go1.x"))
    assert names(package.path) == ["bootstrap"]


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed: makefiles are not run")
def test_a_makefile_may_lie_apart_and_run_elsewhere_in_a_copy_of_the_project(
    tmp_path: Path, packager: Packager
) -> None:
    makefile = "build-F:\n\tcp here.txt $(ARTIFACTS_DIR)\n\ttouch made.txt\n"
    root = write(tmp_path / "project", {"tools/Makefile": makefile, "inner/here.txt": "x", "code/app.txt": ""})
    places = {"ProjectRootDirectory": root, "ContextPath": root / "tools", "WorkingDirectory": root / "inner"}
    package = packager.package(Unit("F", root / "code", method="makefile", places=places))
    assert names(package.path) == ["here.txt"]
    assert not (root / "inner" / "made.txt").exists()
    outside = {**places, "WorkingDirectory": tmp_path}
    with pytest.raises(BuildFailed, match="is not in"):
        packager.package(Unit("F", root / "code", method="makefile", places=outside))


@pytest.mark.parametrize(
    ("handler", "properties", "expected"),
    [
        ("shop.orders.app.run", {"ParentPackageMode": "auto"}, "shop/orders/app.py"),
        ("orders.app.run", {"ParentPackageMode": "auto"}, "orders/app.py"),
        ("app.run", {"ParentPackageMode": "auto"}, "app.py"),
        ("x.app.run", {"ParentPackageMode": "explicit", "ParentPackages": "a.b"}, "a/b/app.py"),
    ],
)
def test_python_sources_go_below_their_parent_packages(
    tmp_path: Path, packager: Packager, handler: str, properties: dict[str, str], expected: str
) -> None:
    source = write(tmp_path / "shop" / "orders", {"app.py": ""})
    assert names(packager.package(Unit("F", source, "python3.12", handler, properties=properties)).path) == [expected]


def test_a_parent_package_mode_that_there_is_not_is_refused(tmp_path: Path, packager: Packager) -> None:
    source = write(tmp_path / "source", {"app.py": ""})
    with pytest.raises(BuildFailed, match="it can be explicit or auto"):
        packager.package(Unit("F", source, "python3.12", properties={"ParentPackageMode": "none"}))
    with pytest.raises(BuildFailed, match="BuildProperties Minify of Python are not known"):
        packager.package(Unit("F", source, "python3.12", properties={"Minify": True}))


@pytest.mark.skipif(find_tool("uv") is None, reason="uv is not installed")
def test_uv_reads_the_project_instead_of_the_requirements(tmp_path: Path, packager: Packager) -> None:
    library = write(tmp_path / "library", {"pyproject.toml": LIBRARY, "backend.py": BACKEND})
    project = f'[project]\nname = "app"\nversion = "1"\ndependencies = ["little-lib @ {library.as_uri()}"]\n'
    source = write(tmp_path / "source", {"app.py": "", "pyproject.toml": project, "requirements.txt": "no-such==1"})
    found = names(packager.package(Unit("F", source, "python3.12", method="python-uv")).path)
    assert "little_lib.py" in found
    assert "uv.lock" not in {path.name for path in source.iterdir()}


LIBRARY = (
    '[project]\nname = "little-lib"\nversion = "1.0"\n'
    '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
)
BACKEND = """
import zipfile

def build_wheel(directory, config_settings=None, metadata_directory=None):
    name = "little_lib-1.0-py3-none-any.whl"
    with zipfile.ZipFile(directory + "/" + name, "w") as wheel:
        wheel.writestr("little_lib.py", "value = 1")
        about = "little_lib-1.0.dist-info/"
        wheel.writestr(about + "METADATA", "Metadata-Version: 2.1\\nName: little-lib\\nVersion: 1.0\\n")
        wheel.writestr(about + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(about + "RECORD", "")
    return name
"""
