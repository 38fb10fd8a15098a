"""Node.js dependencies: `package.json` installed with npm, without development dependencies."""

import hashlib
import json
import platform
import shutil
import sys
from pathlib import Path
from typing import Any

from serein.deploy.build.cache import BuildCache
from serein.deploy.build.tools import require_tool, run_tool
from serein.deploy.errors import BuildFailed
from serein.deploy.sources import content_hash, source_entries

MANIFEST = "package.json"
INSTALLED = "node_modules"
_LOCKS = ("package-lock.json", "npm-shrinkwrap.json")
_QUIET = ["--no-audit", "--no-fund", "--no-progress", "--no-update-notifier", "--loglevel=error", "--prefer-offline"]


def node_dependencies(cache: BuildCache, what: str, source: Path, prefix: str = "") -> Path | None:
    """The zip of `node_modules`, or None when package.json names no dependency. Raises BuildFailed."""
    if not _wanted(_manifest(source), with_development=False):
        return None
    key = _key(source, with_development=False)
    return cache.dependencies(what, key, prefix, lambda target: _install(what, source, target, with_development=False))


def node_modules(cache: BuildCache, what: str, source: Path) -> Path | None:
    """The `node_modules` folder with development dependencies, or None when there are none. Raises BuildFailed."""
    if not _wanted(_manifest(source), with_development=True):
        return None
    key = _key(source, with_development=True)
    folder = cache.installed(what, key, lambda target: _install(what, source, target, with_development=True))
    return folder / INSTALLED


def _key(source: Path, *, with_development: bool) -> str:
    return f"node {sys.platform} {platform.machine()} {with_development} {_fingerprint(source)}"


def _install(what: str, source: Path, target: Path, *, with_development: bool) -> None:
    """Install what `source/package.json` names into `target/node_modules`. Raises BuildFailed."""
    npm = require_tool("npm", f"{what}: {MANIFEST}")
    manifest = _manifest(source)
    is_local = _make_local_paths_absolute(manifest, source)
    lock = None if is_local else next((source / name for name in _LOCKS if (source / name).is_file()), None)
    if lock is not None:
        shutil.copyfile(lock, target / lock.name)
    elif not with_development:
        # Why: npm looks up development dependencies even when it omits them.
        manifest.pop("devDependencies", None)
    (target / MANIFEST).write_text(json.dumps(manifest))
    if (source / ".npmrc").is_file():
        shutil.copyfile(source / ".npmrc", target / ".npmrc")
    command = "install" if lock is None else "ci"
    scope = [] if with_development else ["--omit=dev"]
    run_tool(what, [npm, command, *scope, "--install-links", *_QUIET], target)
    for name in (MANIFEST, *_LOCKS, ".npmrc"):
        (target / name).unlink(missing_ok=True)


def _manifest(source: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((source / MANIFEST).read_text()) if (source / MANIFEST).is_file() else {}
    except ValueError as error:
        raise BuildFailed(f"{source / MANIFEST} is not valid JSON: {error}") from error
    if not isinstance(manifest, dict):
        raise BuildFailed(f"{source / MANIFEST} is not an object.")
    return manifest


def _wanted(manifest: dict[str, Any], *, with_development: bool) -> bool:
    kinds = ["dependencies", "optionalDependencies"] + (["devDependencies"] if with_development else [])
    return any(manifest.get(kind) for kind in kinds)


def _make_local_paths_absolute(manifest: dict[str, Any], source: Path) -> bool:
    is_local = False
    for kind in ("dependencies", "optionalDependencies", "devDependencies"):
        for name, version in (manifest.get(kind) or {}).items():
            if isinstance(version, str) and version.startswith("file:"):
                manifest[kind][name] = f"file:{(source / version.removeprefix('file:')).resolve()}"
                is_local = True
    return is_local


def _fingerprint(source: Path) -> str:
    """What the installation depends on: the manifest's dependencies, the lock, npm's settings, local packages."""
    manifest = _manifest(source)
    digest = hashlib.sha256()
    for kind in ("dependencies", "optionalDependencies", "devDependencies", "overrides", "scripts"):
        digest.update(json.dumps(manifest.get(kind), sort_keys=True).encode())
    for name in (*_LOCKS, ".npmrc"):
        if (source / name).is_file():
            digest.update((source / name).read_bytes())
    for kind in ("dependencies", "optionalDependencies"):
        for version in (manifest.get(kind) or {}).values():
            if isinstance(version, str) and version.startswith("file:"):
                local = source / version.removeprefix("file:")
                if local.is_dir():
                    digest.update(content_hash(source_entries(local, frozenset({INSTALLED}))).encode())
    return digest.hexdigest()
