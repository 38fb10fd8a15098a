import json
from pathlib import Path
from typing import Any

import pytest

from serein.deploy.build.source_maps import name_sources, with_source_maps

HEEDED = {"Environment": {"Variables": {"NODE_OPTIONS": "--enable-source-maps"}}}


def test_maps_name_sources_as_if_they_lay_beside_the_bundle(tmp_path: Path) -> None:
    target, work, modules = tmp_path / "target", tmp_path / "work", tmp_path / "store" / "node_modules"
    (target / "inner").mkdir(parents=True)
    sources = ["../work/src/app.ts", "../store/node_modules/left-pad/index.js", "/elsewhere/x.ts"]
    (target / "app.js.map").write_text(json.dumps({"version": 3, "sources": sources, "mappings": "AAAA"}))
    (target / "inner" / "b.js.map").write_text(json.dumps({"sources": ["../../work/b.ts"]}))
    work.mkdir()
    modules.mkdir(parents=True)
    name_sources(target, work)
    described = json.loads((target / "app.js.map").read_text())
    assert described["sources"] == ["src/app.ts", "node_modules/left-pad/index.js", "/elsewhere/x.ts"]
    assert (described["version"], described["mappings"]) == (3, "AAAA")
    assert json.loads((target / "inner" / "b.js.map").read_text())["sources"] == ["../b.ts"]


def test_source_maps_are_made_when_node_is_told_to_heed_them() -> None:
    assert with_source_maps({}, HEEDED, {"Minify": True}) == {"Minify": True, "Sourcemap": True}
    assert with_source_maps({}, {}, {"Minify": True}) == {"Minify": True}
    assert with_source_maps({}, HEEDED, {"Sourcemap": False}) == {"Sourcemap": False}


@pytest.mark.parametrize(("before", "after"), [("", "--enable-source-maps"), ("-x", "-x --enable-source-maps")])
def test_node_is_told_to_heed_source_maps_that_are_made(before: str, after: str) -> None:
    own: dict[str, Any] = {"Environment": {"Variables": {"A": "1"}}}
    merged = {"Environment": {"Variables": {"A": "1", "NODE_OPTIONS": before}}}
    assert with_source_maps(own, merged, {"Sourcemap": True}) == {"Sourcemap": True}
    assert own["Environment"]["Variables"] == {"A": "1", "NODE_OPTIONS": after}


def test_options_that_are_there_or_not_known_yet_are_left_alone() -> None:
    own: dict[str, Any] = {}
    with_source_maps(own, HEEDED, {"Sourcemap": True})
    with_source_maps(own, {"Environment": {"Variables": {"NODE_OPTIONS": {"Ref": "Options"}}}}, {"Sourcemap": True})
    assert own == {}
