"""What of the machine functions may see: the system's programs and what they need to run, and nothing of its users."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

USER, GROUP = 993, 990
"""AWS: `id` in a function says uid=993(sbx_user1051) gid=990."""
USER_NAME = "sbx_user1051"
_SYSTEM_FOLDERS = ("/usr", "/nix/store", "/gnu/store")
_SYSTEM_LINKS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_CONFIGURATION = (
    *("alternatives", "ca-certificates", "ca-certificates.conf", "crypto-policies", "fonts", "gai.conf", "host.conf"),
    *("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "magic", "mime.types", "os-release", "pki"),
    *("protocols", "services", "ssl"),
)
_GUEST = Path(__file__).parent / "guest"


def make_plan(root: Path, runtime: Path | None, *, is_privileged: bool) -> dict[str, Any]:
    """The view of a fork server, for `guest/rooms.py`; `runtime` is the folder whose entries are /var/runtime."""
    root.mkdir(parents=True, exist_ok=True)
    binds = [(folder, folder) for folder in _SYSTEM_FOLDERS if Path(folder).is_dir()]
    links = []
    for path in _SYSTEM_LINKS:
        if Path(path).is_symlink():
            links.append((str(Path(path).readlink()), path))
        elif Path(path).is_dir():
            binds.append((path, path))
    for name in _CONFIGURATION:
        real = Path("/etc", name).resolve()
        if real.exists():
            binds.append((str(real), f"/etc/{name}"))
    return {
        "root": str(root.resolve()),
        "is_privileged": is_privileged,
        "user": USER,
        "group": GROUP,
        "binds": binds,
        "links": links,
        "files": _files(),
        "runtime": _runtime_entries(runtime or _GUEST),
        "executable": os.path.realpath(sys.executable),
    }


def _files() -> dict[str, str]:
    hosts = Path("/etc/hosts")
    return {
        "/etc/passwd": "root:x:0:0:root:/root:/sbin/nologin\n"
        f"{USER_NAME}:x:{USER}:{GROUP}::/home/{USER_NAME}:/sbin/nologin\n",
        "/etc/group": f"root:x:0:\n{USER_NAME}:x:{GROUP}:\n",
        "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
        # AWS: extensions have Lambda send telemetry to this name.
        "/etc/hosts": (hosts.read_text() if hosts.is_file() else "127.0.0.1 localhost\n")
        + "\n127.0.0.1 sandbox.localdomain sandbox\n",
    }


def _runtime_entries(folder: Path) -> list[tuple[str, str]]:
    entries = [entry for entry in sorted(folder.iterdir()) if entry.name != "__pycache__"]
    return [(str(entry.resolve()), f"/var/runtime/{entry.name}") for entry in entries if entry.exists()]


def mounts_for_program(program: str) -> list[tuple[str, str]]:
    """What must be visible for a program of the host to run: its installation, unless that is the system's."""
    found = shutil.which(program) or program
    real = os.path.realpath(found)
    mounts = []
    for path in dict.fromkeys((found, real)):
        folder = Path(path).parent
        prefix = folder.parent if folder.name == "bin" else folder
        if prefix != Path("/") and not path.startswith(("/usr/", "/bin/", "/sbin/", "/nix/store/", "/gnu/store/")):
            mounts.append((os.path.realpath(prefix), str(prefix)))
    return mounts
