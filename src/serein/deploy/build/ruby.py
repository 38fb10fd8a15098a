"""Ruby: what the Gemfile names, vendored by Bundler where Lambda looks for it, from a copy of the sources."""

import shutil
from pathlib import Path

from serein.deploy.build.cache import BuildCache
from serein.deploy.build.tools import require_tool, run_tool
from serein.deploy.sources import copy_sources

_VENDOR = Path("vendor") / "bundle"


def build(cache: BuildCache, what: str, source: Path, target: Path, *, is_layer: bool) -> None:
    """Fill `target` with the sources and their gems; for a layer, with `ruby/gems`. Raises BuildFailed."""
    bundle = require_tool("bundle", what)
    with cache.scratch() as work:
        copy_sources(source, work, frozenset({"vendor", ".bundle"}))
        settings = {"BUNDLE_WITHOUT": "development:test", "BUNDLE_PATH": str(_VENDOR), "BUNDLE_APP_CONFIG": ".bundle"}
        run_tool(what, [bundle, "install", "--quiet"], work, settings)
        if is_layer:
            # AWS: gems of a layer are in ruby/gems/<version>; Bundler writes vendor/bundle/ruby/<version>.
            shutil.copytree(work / _VENDOR / "ruby", target / "ruby" / "gems", dirs_exist_ok=True)
        else:
            shutil.copytree(work, target, dirs_exist_ok=True, symlinks=True)
