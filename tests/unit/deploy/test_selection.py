"""Which files the patterns of a package take."""

from pathlib import Path

import pytest

from serein.deploy.errors import BuildFailed
from serein.deploy.selection import selected
from serein.deploy.sources import Entry

FILES = ("a.js", "src/a.js", "src/deep/b.ts", "node_modules/x/i.js", ".env.local", "serverless.yml")


def taken(*patterns: str, prefix: str = "") -> set[str]:
    entries = [Entry(prefix + name, Path(name)) for name in FILES]
    return {entry.name for entry in selected(entries, patterns, prefix)}


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ((), set(FILES)),
        (("!**", "src/**"), {"src/a.js", "src/deep/b.ts"}),
        (("!**", "./src/*"), {"src/a.js"}),
        (("!**", "*.js"), {"a.js"}),
        (("!**", "**/*.js"), {"a.js", "src/a.js", "node_modules/x/i.js"}),
        (("!**/*.{js,ts}",), {".env.local", "serverless.yml"}),
        (("!**", "src/**", "!src/deep/**"), {"src/a.js"}),
        (("!**", "?.js"), {"a.js"}),
        (("!**", "[a-c].js"), {"a.js"}),
        (("!**", "[!b].js"), {"a.js"}),
        (("!**", "@(a|src/a).js"), {"a.js", "src/a.js"}),
        (("!**", "src/?(deep/)*.@(js|ts)"), {"src/a.js", "src/deep/b.ts"}),
        (("!**", "+(a|b).js", "*(a).js"), {"a.js"}),
        (("!**", "**/!(a|i).*s"), {"src/deep/b.ts"}),
        (("!**", "!(src|node_modules)/**", "src/!(deep)"), {"src/a.js"}),
        (("!!(src)/**",), {"a.js", "src/a.js", "src/deep/b.ts", ".env.local", "serverless.yml"}),
        (("!node_modules/**", "!.env*", "!serverless.{yml,json}"), {"a.js", "src/a.js", "src/deep/b.ts"}),
    ],
)
def test_the_last_pattern_that_matches_decides(patterns: tuple[str, ...], expected: set[str]) -> None:
    assert taken(*patterns) == expected


def test_patterns_know_nothing_of_a_package_s_prefix() -> None:
    assert taken("!**", "*.js", prefix="python/") == {"python/a.js"}


@pytest.mark.parametrize("pattern", ["@(a|b", "{a"])
def test_a_pattern_that_cannot_be_read_is_refused(pattern: str) -> None:
    with pytest.raises(BuildFailed, match="package pattern"):
        taken(pattern)
