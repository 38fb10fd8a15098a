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
    try:
        shown = subprocess.run(
            [executable, "--version"], capture_output=True, text=True, check=False, timeout=_PROBE_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    named = _VERSION.match(shown.stdout)
    return int(named[1]) if named else None
