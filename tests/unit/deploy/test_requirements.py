"""Which Python packages a folder wants, of which file, and what of them goes into the package."""

import json
import zipfile
from pathlib import Path

import pytest

from serein.deploy.build.cache import BuildCache
from serein.deploy.build.packages import Packager, Unit
from serein.deploy.build.requirements import Wanted, find_requirements
from serein.deploy.build.tools import find_tool
from serein.deploy.errors import BuildFailed
from serein.deploy.progress import silent

PROJECT = '[project]\nname = "mine"\nversion = "1"\nrequires-python = ">=3.9"\n'


def text_of(folder: Path, wanted: Wanted) -> str:
    found = find_requirements("F", folder, wanted)
    assert found is not None
    return found.text


def test_a_folder_may_want_nothing(tmp_path: Path) -> None:
    assert find_requirements("F", tmp_path, Wanted()) is None
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    assert find_requirements("F", tmp_path, Wanted()) is None
    (tmp_path / "requirements.txt").write_text("six\n")
    assert find_requirements("F", tmp_path, Wanted(file="")) is None


def test_packages_are_omitted_by_name_however_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "needs.txt").write_text("Boto3==1.2\nmy_lib>=1\n-r more.txt\nsix\n")
    text = text_of(tmp_path, Wanted(file="needs.txt", omitted=("boto3", "my-lib")))
    assert text == f"-r {tmp_path / 'more.txt'}\nsix\n"


def test_what_an_installation_depends_on_is_in_its_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("-r more.txt\n")
    (tmp_path / "more.txt").write_text("six\n")
    first = find_requirements("F", tmp_path, Wanted())
    (tmp_path / "more.txt").write_text("six==1.16\n")
    second = find_requirements("F", tmp_path, Wanted())
    assert first is not None
    assert second is not None
    assert first.fingerprint != second.fingerprint


def test_a_lock_of_pipenv_is_read(tmp_path: Path) -> None:
    (tmp_path / "Pipfile").write_text("")
    with pytest.raises(BuildFailed, match="pipenv lock"):
        find_requirements("F", tmp_path, Wanted(locks=("pipenv",)))
    packages = {
        "six": {"version": "==1.16.0", "markers": "python_version >= '3'"},
        "requests": {"version": "==2.0", "extras": ["socks"]},
        "own": {"path": "./own"},
        "far": {"git": "https://example.com/far.git", "ref": "abc"},
    }
    (tmp_path / "Pipfile.lock").write_text(json.dumps({"default": packages, "develop": {"pytest": {}}}))
    assert text_of(tmp_path, Wanted(locks=("poetry", "pipenv"))).splitlines() == [
        "six==1.16.0 ; python_version >= '3'",
        "requests[socks]==2.0",
        "./own",
        "far @ git+https://example.com/far.git@abc",
    ]
    assert "six" not in text_of(tmp_path, Wanted(locks=("pipenv",), omitted=("six",)))
    (tmp_path / "Pipfile.lock").write_text("[]")
    with pytest.raises(BuildFailed, match="can't be read"):
        find_requirements("F", tmp_path, Wanted(locks=("pipenv",)))


def test_a_project_of_poetry_is_known_by_its_settings(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("six\n")
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    assert text_of(tmp_path, Wanted(locks=("poetry",))) == "six\n"
    (tmp_path / "pyproject.toml").write_text("no toml")
    with pytest.raises(BuildFailed, match="not valid TOML"):
        find_requirements("F", tmp_path, Wanted(locks=("poetry",)))


@pytest.mark.skipif(find_tool("poetry") is not None, reason="Poetry is installed")
def test_poetry_is_asked_for_where_it_is_needed(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.poetry]\nname = 'x'\n")
    with pytest.raises(BuildFailed, match="needs poetry"):
        find_requirements("F", tmp_path, Wanted(locks=("poetry",)))


@pytest.mark.skipif(find_tool("uv") is None, reason="uv is not installed")
def test_a_lock_of_uv_is_exported(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "uv.lock").write_text(
        'version = 1\nrequires-python = ">=3.9"\n[[package]]\nname = "mine"\nversion = "1"\n'
        'source = { virtual = "." }\n'
    )
    assert find_requirements("F", tmp_path, Wanted(locks=("uv",))) is None


@pytest.mark.skipif(find_tool("uv") is None and find_tool("pip") is None, reason="neither uv nor pip is installed")
def test_packages_are_slim_zipped_and_have_what_is_vendored(tmp_path: Path) -> None:
    folder = tmp_path / "source"
    for name, text in {
        "app.py": "",
        "requirements.txt": "./own\n",
        "own/pyproject.toml": PROJECT + '[tool.setuptools]\npackages = ["mine"]\n',
        "own/mine/__init__.py": "",
        "own/mine/tests.py": "",
        "vendored/far.py": "",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    packager = Packager(BuildCache(tmp_path / "cache", silent))
    wanted = Wanted(without=("**/*.dist-info*/**", "**/tests.py"), vendored="vendored", strips=True)

    def names(unit: Unit) -> set[str]:
        with zipfile.ZipFile(packager.package(unit).path) as opened:
            return set(opened.namelist())

    patterns = ("!**", "app.py")
    unit = Unit("F", folder, "python3.12", patterns=patterns, wanted=wanted, files=(("more.py", ""), ("app.py", "x")))
    assert names(unit) == {"app.py", "more.py", "far.py", "mine/__init__.py"}
    zipped = Unit("F", folder, "python3.12", patterns=patterns, wanted=Wanted(vendored="vendored", is_zipped=True))
    assert names(zipped) == {"app.py", ".requirements.zip"}
    layer = Unit("L", folder, method="python3.12", is_layer=True, patterns=("!**",), wanted=wanted)
    assert names(layer) == {"python/far.py", "python/mine/__init__.py"}
    with pytest.raises(BuildFailed, match="vendored packages"):
        packager.package(Unit("F", folder, "python3.12", wanted=Wanted(vendored="gone")))


def test_patterns_see_files_below_the_folder_of_their_module(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    for name in ("a.py", "b.py"):
        (tmp_path / "one" / name).write_text("")
    packager = Packager(BuildCache(tmp_path / "cache", silent))
    package = packager.package(Unit("F", tmp_path / "one", patterns=("!one/b.py",), within="one/"))
    with zipfile.ZipFile(package.path) as opened:
        assert opened.namelist() == ["a.py"]
