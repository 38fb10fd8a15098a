"""TypeScript and JavaScript bundled by esbuild, when the template asks for it (`Metadata: BuildMethod: esbuild`)."""

import json
from pathlib import Path
from typing import Any

from serein.deploy.build.cache import BuildCache
from serein.deploy.build.node import INSTALLED, node_modules
from serein.deploy.build.source_maps import name_sources
from serein.deploy.build.tools import find_tool, require_tool, run_tool
from serein.deploy.errors import BuildFailed
from serein.deploy.sources import source_entries
from serein.settings import user_cache

VERSION = "0.25.12"
_SWITCHES = {"Minify": "minify", "KeepNames": "keep-names"}
_VALUES = {
    "Target": "target",
    "Format": "format",
    "SourcesContent": "sources-content",
    "TreeShaking": "tree-shaking",
    "Outbase": "outbase",
}
_LISTS = {"MainFields": "main-fields", "ResolveExtensions": "resolve-extensions"}
_REPEATED = {
    "External": "external",
    "Loader": "loader",
    "Define": "define",
    "Banner": "banner",
    "OutExtension": "out-extension",
    "Footer": "footer",
}
_OTHER = frozenset({"EntryPoints", "Sourcemap", "UseNpmCi"})


def bundle(cache: BuildCache, what: str, source: Path, handler: str, properties: dict[str, Any], target: Path) -> None:
    """Bundle a function's entry points into `target`. Raises BuildFailed."""
    command = [_require_esbuild(cache, what), *_options(what, properties), f"--outdir={target}"]
    entries = properties.get("EntryPoints") or [_entry_point(what, source, handler)]
    with cache.scratch() as work:
        _copy_sources(source, work)
        if (modules := node_modules(cache, what, source)) is not None:
            (work / INSTALLED).symlink_to(modules.resolve())
        for entry in entries:
            if not any((work / f"{entry}{suffix}").is_file() for suffix in ("", ".ts", ".js", ".mjs", ".cjs", ".tsx")):
                raise BuildFailed(f"{what}: esbuild's entry point {entry} is not in {source}.")
        run_tool(what, [*command, *entries], work)
        name_sources(target, work)


def _require_esbuild(cache: BuildCache, what: str) -> str:
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
    known = {*_SWITCHES, *_VALUES, *_LISTS, *_REPEATED, *_OTHER}
    unknown = sorted(set(properties) - known)
    if unknown:
        raise BuildFailed(f"{what}: BuildProperties {', '.join(unknown)} of esbuild are not known to Serein.")
    options = ["--bundle", "--platform=node", "--log-level=error"]
    if "Format" not in properties:
        options.append("--format=cjs")
    if "Target" not in properties:
        options.append("--target=es2020")
    if _is_true(properties.get("Sourcemap")):
        options.append("--sourcemap")
    options += [f"--{flag}" for name, flag in _SWITCHES.items() if _is_true(properties.get(name))]
    options += [f"--{flag}={_text(properties[name])}" for name, flag in _VALUES.items() if name in properties]
    for name, flag in _LISTS.items():
        if name in properties:
            value = properties[name]
            options.append(f"--{flag}={','.join(value) if isinstance(value, list) else value}")
    for name, flag in _REPEATED.items():
        value = properties.get(name) or []
        if isinstance(value, dict):
            value = [f"{key}={item}" for key, item in value.items()]
        options += [f"--{flag}:{item}" for item in value]
    return options


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


def _copy_sources(source: Path, work: Path) -> None:
    for entry in source_entries(source, frozenset({INSTALLED})):
        copy = work / entry.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(entry.path.read_bytes())
