"""TypeScript and JavaScript bundled by esbuild, when the template asks for it (`Metadata: BuildMethod: esbuild`)."""

import json
import re
from pathlib import Path
from typing import Any

from serein.deploy.build.cache import BuildCache
from serein.deploy.build.node import INSTALLED, node_modules
from serein.deploy.build.source_maps import name_sources
from serein.deploy.build.tools import find_tool, require_tool, run_tool
from serein.deploy.errors import BuildFailed
from serein.deploy.sources import copy_sources
from serein.settings import user_cache

VERSION = "0.25.12"
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LISTS = frozenset({"main-fields", "resolve-extensions", "conditions", "drop-labels", "target"})
"""Options that take a list with commas; any other list is the option once for each member."""
_ON = frozenset({"sources-content", "tree-shaking"})
"""Switches that are on unless they are told to be off."""
_OURS = frozenset({"Bundle", "Platform", "Outdir", "Outfile", "Watch", "Serve"})
_OTHER = frozenset({"EntryPoints", "Sourcemap", "UseNpmCi"})


def bundle(cache: BuildCache, what: str, source: Path, handler: str, properties: dict[str, Any], target: Path) -> None:
    """Bundle a function's entry points into `target`. Raises BuildFailed."""
    command = [require_esbuild(what), *_options(what, properties), f"--outdir={target}"]
    entries = properties.get("EntryPoints") or [_entry_point(what, source, handler)]
    with cache.scratch() as work:
        copy_sources(source, work, frozenset({INSTALLED}))
        # Why the developer's own packages: they are what the bundle was tried with, and they are there already.
        own = source / INSTALLED
        modules = own if own.is_dir() else node_modules(cache, what, source)
        if modules is not None:
            (work / INSTALLED).symlink_to(modules.resolve())
        for entry in entries:
            if not any((work / f"{entry}{suffix}").is_file() for suffix in ("", ".ts", ".js", ".mjs", ".cjs", ".tsx")):
                raise BuildFailed(f"{what}: esbuild's entry point {entry} is not in {source}.")
        run_tool(what, [*command, *entries], work)
        name_sources(target, work)


def require_esbuild(what: str) -> str:
    """esbuild on PATH, else one installed once per user from npm."""
    found = find_tool("esbuild")
    if found is not None:
        return found
    folder = user_cache() / f"esbuild-{VERSION}"
    binary = folder / INSTALLED / ".bin" / "esbuild"
    if not binary.exists():
        npm = require_tool("npm", f"{what}: esbuild")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(json.dumps({"private": True, "dependencies": {"esbuild": VERSION}}))
        run_tool(f"{what}: installing esbuild", [npm, "install", "--no-audit", "--no-fund", "--loglevel=error"], folder)
    return str(binary)


def _options(what: str, properties: dict[str, Any]) -> list[str]:
    """esbuild's options: a property is the option of its name, as with `sam build`."""
    refused = sorted(properties.keys() & _OURS)
    if refused:
        raise BuildFailed(f"{what}: BuildProperties {', '.join(refused)} of esbuild are set by the build itself.")
    options = ["--bundle", "--platform=node", "--log-level=error"]
    if "Format" not in properties:
        options.append("--format=cjs")
    if "Target" not in properties:
        options.append("--target=es2020")
    if _is_true(properties.get("Sourcemap")):
        options.append("--sourcemap")
    for name, value in properties.items():
        if name not in _OTHER:
            options += _option(_WORD.sub("-", name).lower(), value)
    return options


def _option(flag: str, value: Any) -> list[str]:
    if isinstance(value, dict):
        value = [f"{key}={item}" for key, item in value.items()]
    if isinstance(value, list):
        return [f"--{flag}={','.join(map(str, value))}"] if flag in _LISTS else [f"--{flag}:{item}" for item in value]
    if _is_true(value):
        return [f"--{flag}"]
    if _text(value).lower() == "false":
        return [f"--{flag}=false"] if flag in _ON else []
    return [f"--{flag}={_text(value)}"]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_true(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def _entry_point(what: str, source: Path, handler: str) -> str:
    stem = handler.rsplit(".", 1)[0]
    for suffix in (".ts", ".js", ".mjs", ".tsx"):
        if (source / f"{stem}{suffix}").is_file():
            return stem + suffix
    raise BuildFailed(f"{what}: the handler {handler} names no file in {source}, and there are no EntryPoints.")
