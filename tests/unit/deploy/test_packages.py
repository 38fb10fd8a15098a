import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from serein.deploy.build import cache
from serein.deploy.build.cache import BuildCache
from serein.deploy.build.packages import Packager, Unit
from serein.deploy.build.tools import find_tool
from serein.deploy.errors import BuildFailed
from serein.deploy.progress import silent


@pytest.fixture
def packager(tmp_path: Path) -> Packager:
    return Packager(BuildCache(tmp_path / "cache", silent))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "inner").mkdir(parents=True)
    (folder / "app.py").write_text("x = 1")
    (folder / "inner" / "run.sh").write_text("#!/bin/sh")
    (folder / "inner" / "run.sh").chmod(0o755)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "app.pyc").write_text("")
    return folder


def _names(package: Path) -> list[str]:
    with zipfile.ZipFile(package) as opened:
        assert opened.testzip() is None
        return sorted(opened.namelist())


def test_a_package_holds_the_sources_with_their_modes_and_nothing_generated(packager: Packager, source: Path) -> None:
    package = packager.package(Unit("F", source, "python3.12"))
    assert _names(package.path) == ["app.py", "inner/run.sh"]
    with zipfile.ZipFile(package.path) as opened:
        assert opened.getinfo("inner/run.sh").external_attr >> 16 & 0o111
        assert not opened.getinfo("app.py").external_attr >> 16 & 0o111


def test_a_package_is_named_by_its_content_alone(packager: Packager, source: Path) -> None:
    first = packager.package(Unit("F", source, "python3.12"))
    os.utime(source / "app.py", (1, 1))
    assert packager.package(Unit("G", source, "python3.12")).content == first.content
    (source / "app.py").write_text("x = 2")
    assert packager.package(Unit("F", source, "python3.12")).content != first.content


def test_the_sources_are_never_changed(packager: Packager, source: Path) -> None:
    before = sorted(path.relative_to(source) for path in source.rglob("*"))
    packager.package(Unit("F", source, "python3.12"))
    assert sorted(path.relative_to(source) for path in source.rglob("*")) == before


def test_requirements_are_installed_beside_the_sources_and_only_once(
    packager: Packager, source: Path, tmp_path: Path
) -> None:
    library = tmp_path / "library"
    library.mkdir()
    (library / "pyproject.toml").write_text(
        '[project]\nname = "little-lib"\nversion = "1.0"\n'
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    (library / "backend.py").write_text(BACKEND)
    (source / "requirements.txt").write_text(f"# ours\n{library}\n")
    first = packager.package(Unit("F", source, "python3.12"))
    assert "little_lib.py" in _names(first.path)
    assert "app.py" in _names(first.path)
    (source / "app.py").write_text("x = 2")
    said: list[str] = []
    again = Packager(BuildCache(tmp_path / "cache", said.append)).package(Unit("F", source, "python3.12"))
    assert "little_lib.py" in _names(again.path)
    assert said == ["Packaging F"]


def test_requirements_that_can_not_be_installed_fail_with_the_tools_words(packager: Packager, source: Path) -> None:
    (source / "requirements.txt").write_text("./nowhere\n")
    with pytest.raises(BuildFailed, match=r"(?s)F: .*nowhere"):
        packager.package(Unit("F", source, "python3.12"))


def test_a_layer_of_python_goes_below_python(packager: Packager, source: Path) -> None:
    assert _names(packager.package(Unit("L", source, "python3.12", is_layer=True)).path) == [
        "python/app.py",
        "python/inner/run.sh",
    ]


def test_a_layer_without_build_method_goes_as_it_is(packager: Packager, source: Path) -> None:
    assert "app.py" in _names(packager.package(Unit("L", source, is_layer=True)).path)


@pytest.mark.skipif(find_tool("npm") is None, reason="needs npm")
def test_package_json_is_installed_without_development_dependencies(packager: Packager, tmp_path: Path) -> None:
    folder, library = tmp_path / "node", tmp_path / "library"
    for path in (folder, library):
        path.mkdir()
    (library / "package.json").write_text('{"name": "little", "version": "1.0.0", "main": "index.js"}')
    (library / "index.js").write_text("module.exports = 1")
    (folder / "index.mjs").write_text("export const handler = async () => 1")
    (folder / "package.json").write_text(
        '{"type": "module", "dependencies": {"little": "file:../library"}, "devDependencies": {"no-such-x": "9"}}'
    )
    names = _names(packager.package(Unit("F", folder, "nodejs20.x")).path)
    assert {"index.mjs", "package.json", "node_modules/little/index.js"} <= set(names)
    assert not any(name.startswith("node_modules/no-such-x") for name in names)
    assert not (folder / "node_modules").exists()


@pytest.mark.skipif(find_tool("make") is None, reason="needs make")
def test_a_makefile_fills_the_artifacts_folder(packager: Packager, source: Path) -> None:
    (source / "Makefile").write_text("build-F:\n\tcp app.py $(ARTIFACTS_DIR)/made.py\n\ttouch left-behind\n")
    assert _names(packager.package(Unit("F", source, method="makefile")).path) == ["made.py"]
    assert not (source / "left-behind").exists()
    with pytest.raises(BuildFailed, match="build-G"):
        packager.package(Unit("G", source, method="makefile"))


def test_an_archive_goes_as_it_is_and_a_single_file_is_packed(packager: Packager, source: Path, tmp_path: Path) -> None:
    archive = tmp_path / "ready.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("x", "y")
    assert packager.package(Unit("F", archive)).path == archive
    assert _names(packager.package(Unit("F", source / "app.py")).path) == ["app.py"]


def test_the_oldest_packages_go_when_they_take_too_much(
    packager: Packager, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_KEPT_BYTES", 25_000)
    made = []
    for number in range(4):
        (source / "app.py").write_text(f"{number}" * 10_000)
        made.append(packager.package(Unit("F", source, "python3.12")).path)
        os.utime(made[-1], (number, number))
    assert [path.exists() for path in made] == [False, False, True, True]
    (source / "app.py").write_text("0" * 10_000)
    assert packager.package(Unit("F", source, "python3.12")).path == made[0]
    assert made[0].exists()


def test_missing_sources_are_named(packager: Packager, tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match=r"F: .*nothing does not exist"):
        packager.package(Unit("F", tmp_path / "nothing"))


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


@pytest.mark.skipif(find_tool("npm") is None, reason="needs npm, which installs esbuild")
def test_bundles_take_the_packages_that_the_project_has_installed(packager: Packager, tmp_path: Path) -> None:
    folder = tmp_path / "bundled"
    for name, text in {
        "index.ts": "import { name } from 'never-published-anywhere'; export const handler = async () => name;",
        "package.json": '{"dependencies": {"never-published-anywhere": "1.0.0"}}',
        "node_modules/never-published-anywhere/index.js": "exports.name = 'from the folder of the project';",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "page.html").write_text("<p>")
    unit = Unit("F", folder, "nodejs20.x", "index.handler", "esbuild")
    with zipfile.ZipFile(packager.package(unit).path) as opened:
        assert b"from the folder of the project" in opened.read("index.js")
        assert "page.html" not in opened.namelist()
    assert _names(packager.package(replace(unit, patterns=("!**", "*.html"))).path) == ["index.js", "page.html"]


@pytest.mark.skipif(find_tool("npm") is None, reason="needs npm, which installs esbuild")
def test_bundles_may_have_their_packages_beside_them(packager: Packager, tmp_path: Path) -> None:
    folder = tmp_path / "bundled"
    for name, text in {
        "index.js": "exports.handler = async () => require('apart');",
        "package.json": '{"dependencies": {"apart": "file:./apart"}}',
        "apart/package.json": '{"name": "apart", "version": "1.0.0"}',
        "apart/index.js": "module.exports = 1;",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    unit = Unit("F", folder, "nodejs20.x", "index.handler", "esbuild", {"External": ["apart"]}, has_packages=True)
    assert {"index.js", "node_modules/apart/index.js"} <= set(_names(packager.package(unit).path))
