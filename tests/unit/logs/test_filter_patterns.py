"""Filter patterns select what CloudWatch Logs' documentation says they select."""

import json

import pytest

from serein.services.logs.errors import InvalidParameterException
from serein.services.logs.filter_patterns import compile_pattern


def selects(pattern: str, message: str) -> bool:
    predicate = compile_pattern(pattern)
    return predicate is None or predicate(message)


@pytest.mark.parametrize(
    ("pattern", "message", "expected"),
    [
        ("", "anything", True),
        ("  ", "anything", True),
        ("ERROR", "[ERROR 400] BAD REQUEST", True),
        ("ERROR", "[error 400] BAD REQUEST", False),
        ("ERROR REQUEST", "[ERROR 400] BAD REQUEST", True),
        ("ERROR ARGUMENTS", "[ERROR 400] BAD REQUEST", False),
        ("?ERROR ?ARGUMENTS", "[ERROR 400] BAD REQUEST", True),
        ("?WARN ?ARGUMENTS", "[ERROR 400] BAD REQUEST", False),
        ('"INTERNAL SERVER ERROR"', "[ERROR 500] INTERNAL SERVER ERROR", True),
        ('"INTERNAL SERVER ERROR"', "[ERROR 500] INTERNAL ERROR", False),
        ("ERROR -ARGUMENTS", "[ERROR 400] INVALID ARGUMENTS", False),
        ("ERROR -ARGUMENTS", "[ERROR 400] BAD REQUEST", True),
        ('"a \\"b\\""', 'say a "b"', True),
        ("%[Ee]rror %", "an error here", True),
        ("%^start%", "no start", False),
        ("REPORT ?OTHER", "REPORT only", True),
    ],
)
def test_terms_select_messages(pattern: str, message: str, expected: bool) -> None:
    assert selects(pattern, message) is expected


MESSAGE = {
    "eventType": "UpdateTrail",
    "sourceIPAddress": "111.111.111.111",
    "arrayKey": ["value", "another value"],
    "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
    "SomeObject": None,
    "ThisFlag": True,
    "latency": 125.5,
    "level": "error",
    "nested": {"code": 404, "text": "5"},
}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{ $.eventType = "UpdateTrail" }', True),
        ('{ $.eventType != "UpdateTrail" }', False),
        ("{ $.eventType = Update* }", True),
        ("{ $.sourceIPAddress = 111.111.* }", True),
        ("{ $.sourceIPAddress != 123.123.* }", True),
        ('{ $.arrayKey[0] = "value" }', True),
        ('{ $.arrayKey[9] = "value" }', False),
        ('{ $.arrayKey[*] = "another value" }', True),
        ('{ $.objectList[1].name = "b" }', True),
        ("{ $.objectList[*].id = 2 }", True),
        ("{ $.SomeObject IS NULL }", True),
        ("{ $.SomeOtherObject NOT EXISTS }", True),
        ("{ $.ThisFlag IS TRUE }", True),
        ("{ $.ThisFlag IS FALSE }", False),
        ("{ $.latency > 100 }", True),
        ("{ $.latency >= 1.255e2 && $.latency < 126 }", True),
        ("{ $.nested.code = 404 }", True),
        ("{ $.nested.code = 4* }", True),
        ("{ $.nested.text = 5 }", False),
        ("{ $.missing = 5 }", False),
        ('{ ($.level = "info" || $.level = "error") && $.nested.code > 400 }', True),
        ('{ $.level = "info" || $.level = "error" && $.nested.code > 500 }', False),
        ("{ $.['level'] = %^err% }", None),
        ("{ $['level'] = %^err% }", True),
    ],
)
def test_json_conditions_select_messages(pattern: str, expected: bool | None) -> None:
    if expected is None:
        with pytest.raises(InvalidParameterException):
            compile_pattern(pattern)
    else:
        assert selects(pattern, json.dumps(MESSAGE)) is expected


def test_json_conditions_never_select_other_text() -> None:
    assert not selects("{ $.a NOT EXISTS }", "plain text")
    assert not selects("{ $.a NOT EXISTS }", "17")


LINE = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[ip, user, username, timestamp, request, status_code, bytes]", True),
        ("[ip, user, username]", False),
        ("[ip, user, username, timestamp, request, status_code = 4*, bytes > 1000]", True),
        ("[ip, user, username, timestamp, request, status_code = 404, bytes < 1000]", False),
        ("[..., status_code = 404, bytes]", True),
        ("[ip = 127.*, ..., bytes]", True),
        ("[..., request = *html*, status_code = 4*, bytes]", True),
        ("[ip, user, username, timestamp, request = %GET.*%, status_code = 404 || status_code = 410, bytes]", True),
        ("[..., status_code != 404 && status_code != 410, bytes]", False),
    ],
)
def test_fields_select_messages(pattern: str, expected: bool) -> None:
    assert selects(pattern, LINE) is expected


@pytest.mark.parametrize(
    "pattern", ["{ $.a = }", "{ $.a", "[a, b", "[..., a, ...]", "{ a = 1 }", "%(a+)+%", "a:b", '{ $.a > "b" }', '"open']
)
def test_a_broken_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidParameterException):
        compile_pattern(pattern)


def test_deep_nesting_is_refused_not_a_crash() -> None:
    with pytest.raises(InvalidParameterException):
        compile_pattern("{" + "(" * 1000 + "$.a = 1" + ")" * 1000 + "}")
