"""The variable syntax of serverless.yml."""

import pytest

from serein.deploy.serverless.expressions import Expression, parse_text


def written(text: str) -> list[object]:
    """A text's parts: strings, and the alternatives of each variable in the same form."""
    return [
        part if isinstance(part, str) else tuple(written_parts(alternative) for alternative in part.alternatives)
        for part in parse_text(text)
    ]


def written_parts(parts: tuple[str | Expression, ...]) -> object:
    shown = [part if isinstance(part, str) else tuple(map(written_parts, part.alternatives)) for part in parts]
    return shown[0] if len(shown) == 1 else shown


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("plain", ["plain"]),
        ("", [""]),
        ("${self:custom.x}", [("self:custom.x",)]),
        ("a-${sls:stage}-b", ["a-", ("sls:stage",), "-b"]),
        ("${opt:stage, 'dev'}", [("opt:stage", "'dev'")]),
        ("${opt:a, opt:b,'c'}", [("opt:a", "opt:b", "'c'")]),
        ("${env:A, ''}", [("env:A", "''")]),
        ("${self:a.${sls:stage}.b}", [(["self:a.", ("sls:stage",), ".b"],)]),
        ("${opt:a, ${self:b}}", [("opt:a", ("self:b",))]),
        ("${file(./c.${opt:stage, 'd'}.yml):a}", [(["file(./c.", ("opt:stage", "'d'"), ".yml):a"],)]),
        ("${ssm(eu-west-1, raw):/a/b}", [("ssm(eu-west-1, raw):/a/b",)]),
        ("${cf.us-west-2:stack.Out}", [("cf.us-west-2:stack.Out",)]),
        ("${strToBool(${env:X})}", [(["strToBool(", ("env:X",), ")"],)]),
        ("""${opt:a, "x, }'y"}""", [("opt:a", '"x, }\'y"')]),
        ("it's ${self:a} isn't", ["it's ", ("self:a",), " isn't"]),
    ],
)
def test_variables_are_found(text: str, parts: list[object]) -> None:
    assert written(text) == parts


@pytest.mark.parametrize(
    "text", ["${AWS::Region}", "${Table.Arn}", "${Name}", "$${x", "${self:a", "arn:${AWS::Partition}:${A}", "a } b {"]
)
def test_what_cloudformation_or_nobody_means_stays(text: str) -> None:
    assert parse_text(text) == (text,)


def test_a_variable_behind_a_backslash_is_text() -> None:
    assert parse_text(r"a \${self:x} b") == ("a ${self:x} b",)
    assert written(r"\\${self:x}") == ["\\", ("self:x",)]
