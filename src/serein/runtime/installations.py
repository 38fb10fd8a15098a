"""The interpreters of this machine: on PATH, and where version managers and distributions put them.

Nothing is run to find them but programs whose version their place does not tell.
"""

import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from serein.runtime.machine import Machine

_PYTHON = re.compile(r"python3\.(\d+)")
_VERSION = re.compile(r"v?(\d+)(?:[._]\d+)*")
_PROBE_SECONDS = 15.0


def nearest(wanted: int, found: Iterable[int]) -> int | None:
    """The version nearest to the one wanted, the newer of two; None when there is none."""
    return min(found, key=lambda version: (abs(version - wanted), -version), default=None)


def nearest_above(wanted: int, found: Iterable[int]) -> int | None:
    """The lowest version that is not below the one wanted, else the highest; None when there is none."""
    versions = sorted(found)
    return next((version for version in versions if version >= wanted), versions[-1] if versions else None)


def find_pythons(machine: Machine) -> dict[int, list[str]]:
    """Executables by the minor version of Python 3 that they are named after, the preferred ones first."""
    home, variables = machine.home, machine.variables
    data = Path(variables.get("XDG_DATA_HOME") or home / ".local" / "share")
    roots = (
        Path(variables.get("PYENV_ROOT") or home / ".pyenv") / "versions",
        Path(variables.get("UV_PYTHON_INSTALL_DIR") or data / "uv" / "python"),
        Path(variables.get("ASDF_DATA_DIR") or home / ".asdf") / "installs" / "python",
        Path(variables.get("MISE_DATA_DIR") or data / "mise") / "installs" / "python",
        Path("/opt/python"),
        Path("/opt"),
        Path("/Library/Frameworks/Python.framework/Versions"),
    )
    found: dict[int, list[str]] = {}
    for folder in (*_path_folders(machine), *_below(roots, "bin")):
        for file in _entries(folder):
            if (named := _PYTHON.fullmatch(file.name)) and _is_program(file):
                found.setdefault(int(named[1]), []).append(str(file))
    return found


def find_nodes(machine: Machine) -> dict[int, str]:
    """Executables of Node.js by major version."""
    home, variables = machine.home, machine.variables
    data = Path(variables.get("XDG_DATA_HOME") or home / ".local" / "share")
    fnm = [Path(variables["FNM_DIR"])] if variables.get("FNM_DIR") else [data / "fnm", home / ".fnm"]
    roots = (
        Path(variables.get("NVM_DIR") or home / ".nvm") / "versions" / "node",
        Path(variables.get("VOLTA_HOME") or home / ".volta") / "tools" / "image" / "node",
        Path(variables.get("ASDF_DATA_DIR") or home / ".asdf") / "installs" / "nodejs",
        Path(variables.get("MISE_DATA_DIR") or data / "mise") / "installs" / "node",
        Path(variables.get("NODENV_ROOT") or home / ".nodenv") / "versions",
        Path(variables.get("N_PREFIX") or "/usr/local") / "n" / "versions" / "node",
    )
    candidates = [folder / "node" for folder in _path_folders(machine)]
    candidates += [folder / "node" for folder in _below(Path(root) for root in ("/opt/homebrew/opt", "/usr/local/opt"))]
    found: dict[int, str] = {}
    for executable in dict.fromkeys(file.resolve() for file in candidates if _is_program(file)):
        if (major := _asked_major(str(executable))) is not None:
            found.setdefault(major, str(executable))
    managed = [*_below(roots, "bin"), *_below((root / "node-versions" for root in fnm), "installation/bin")]
    for folder in sorted(managed, key=lambda folder: _numbers(folder.as_posix()), reverse=True):
        named = next((word for part in reversed(folder.parts) if (word := _VERSION.fullmatch(part))), None)
        if named is not None and _is_program(folder / "node"):
            found.setdefault(int(named[1]), str(folder / "node"))
    return found


def find_javas(machine: Machine) -> dict[int, str]:
    """Executables of Java by feature version (8, 11, 17, …)."""
    home, variables = machine.home, machine.variables
    data = Path(variables.get("XDG_DATA_HOME") or home / ".local" / "share")
    roots = (
        Path(variables.get("SDKMAN_DIR") or home / ".sdkman") / "candidates" / "java",
        Path(variables.get("ASDF_DATA_DIR") or home / ".asdf") / "installs" / "java",
        Path(variables.get("MISE_DATA_DIR") or data / "mise") / "installs" / "java",
        Path("/usr/lib/jvm"),
        Path("/opt"),
    )
    folders = [Path(variables["JAVA_HOME"], "bin")] if variables.get("JAVA_HOME") else []
    folders += [*_path_folders(machine), *_below(roots), *_below([Path("/Library/Java")], "Contents/Home/bin")]
    found: dict[int, str] = {}
    for folder in folders:
        if _is_program(folder / "java"):
            executable = (folder / "java").resolve()
            version = _java_version(executable)
            if version is not None:
                found.setdefault(version, str(executable))
    return found


def _java_version(executable: Path) -> int | None:
    """What the file `release` of its installation says."""
    for folder in executable.parents[1:3]:
        try:
            named = re.search(r'^JAVA_VERSION="(?:1\.)?(\d+)', (folder / "release").read_text(), re.MULTILINE)
        except OSError:
            continue
        if named:
            return int(named[1])
    return None


def find_rubies(machine: Machine) -> dict[int, str]:
    """Executables of Ruby by version: 33 for Ruby 3.3."""
    home, variables = machine.home, machine.variables
    data = Path(variables.get("XDG_DATA_HOME") or home / ".local" / "share")
    roots = (
        Path(variables.get("RBENV_ROOT") or home / ".rbenv") / "versions",
        Path(variables.get("ASDF_DATA_DIR") or home / ".asdf") / "installs" / "ruby",
        Path(variables.get("MISE_DATA_DIR") or data / "mise") / "installs" / "ruby",
        Path(variables.get("rvm_path") or home / ".rvm") / "rubies",
        home / ".rubies",
        Path("/opt/rubies"),
        Path("/opt/homebrew/opt"),
    )
    found: dict[int, str] = {}
    candidates = [folder / "ruby" for folder in (*_path_folders(machine), *_below(roots))]
    for executable in dict.fromkeys(file.resolve() for file in candidates if _is_program(file)):
        named = re.match(r"ruby (\d+)\.(\d+)", _shown_version(str(executable)))
        if named:
            found.setdefault(int(named[1]) * 10 + int(named[2]), str(executable))
    return found


def _path_folders(machine: Machine) -> list[Path]:
    return [Path(folder) for folder in dict.fromkeys(machine.path.split(":")) if folder.startswith("/")]


def _below(roots: Iterable[Path], rest: str = "bin") -> Iterator[Path]:
    for root in roots:
        for folder in sorted(_entries(root), key=lambda entry: _numbers(entry.name), reverse=True):
            if (folder / rest).is_dir():
                yield folder / rest


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


def _is_program(file: Path) -> bool:
    """Whether it can be run by itself. Why not scripts: those of version managers run whatever is selected."""
    try:
        with file.open("rb") as opened:
            return file.stat().st_mode & 0o111 != 0 and opened.read(2) != b"#!"
    except OSError:
        return False


def _asked_major(executable: str) -> int | None:
    named = _VERSION.match(_shown_version(executable))
    return int(named[1]) if named else None


def _shown_version(executable: str) -> str:
    try:
        return subprocess.run(
            [executable, "--version"], capture_output=True, text=True, check=False, timeout=_PROBE_SECONDS
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
