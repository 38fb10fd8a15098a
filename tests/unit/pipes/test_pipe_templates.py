"""Input templates of pipes, and parameters that are paths."""

from typing import Any

import pytest

from serein.services.pipes.errors import TransformationFailed, ValidationException
from serein.services.pipes.records import identifier_of, opened, place_of, shown
from serein.services.pipes.templates import check_template, render, resolve

EVENT = {"a": {"b": [1, "x", None]}, "s": 'quo"te', "n": 1.5, "t": True, "with-dash": "d"}


@pytest.mark.parametrize(
    ("template", "text", "json"),
    [
        ("<$.s>", 'quo"te', '"quo\\"te"'),
        (" <$.a> ", '{"b":[1,"x",null]}', '{"b":[1,"x",null]}'),
        ("<$.n>", "1.5", "1.5"),
        ("<$.none>", "", '""'),
        ("a <$.s> b", 'a quo"te b', '"a quo\\"te b"'),
        ("<$.n> <$.t>", "1.5 true", '"1.5 true"'),
        ('"<$.s>"', '"quo\\"te"', '"quo\\"te"'),
        ('{"k": <$.s>}', '{"k": "quo\\"te"}', '{"k": "quo\\"te"}'),
        ('{"k": "<$.a.b>"}', '{"k": "[1,x,null]"}', '{"k": "[1,x,null]"}'),
        ('{"k": <$.a.b[0]>, "l": <$.with-dash>}', '{"k": 1, "l": "d"}', '{"k": 1, "l": "d"}'),
        ('{"k\\"": <$.n>}', '{"k\\"": 1.5}', '{"k\\"": 1.5}'),
        ('{"k": <$.n>', '{"k": 1.5', None),
        ("[<$.a.b[*]>]", '[[1,"x",null]]', '[[1,"x",null]]'),
        ("<b>bold</b>", "<b>bold</b>", '"<b>bold</b>"'),
    ],
)
def test_a_template_is_filled_in(template: str, text: str, json: str | None) -> None:
    assert render(template, EVENT, EVENT, {}) == (text, json)


def test_reserved_variables_give_the_event_closed_and_opened() -> None:
    event = {"eventSource": "aws:sqs", "body": '{"n":1}'}
    template = '{"a": <aws.pipes.event>, "b": <aws.pipes.event.json>, "c": "<aws.pipes.pipe-name>"}'
    rendered = render(template, event, opened(event), {"aws.pipes.pipe-name": "p"})
    closed = '"{\\"eventSource\\":\\"aws:sqs\\",\\"body\\":\\"{\\\\\\"n\\\\\\":1}\\"}"'
    assert rendered.text == f'{{"a": {closed}, "b": {{"eventSource":"aws:sqs","body":{{"n":1}}}}, "c": "p"}}'


@pytest.mark.parametrize("template", ["<aws.pipes.nothing>", '{"a": <$..b>}', "<$.a[>"])
def test_a_template_with_a_variable_that_there_is_not_is_refused(template: str) -> None:
    with pytest.raises(ValidationException):
        check_template("TargetParameters.InputTemplate", template)


def test_a_parameter_is_a_path_only_as_a_whole() -> None:
    assert resolve("$.a.b[1]", EVENT) == "x"
    assert resolve("$.n", EVENT) == "1.5"
    assert resolve("key $.n", EVENT) == "key $.n"
    assert resolve("$5", EVENT) == "$5"
    for path in ("$.none", "$.a.b[2]"):
        with pytest.raises(TransformationFailed):
            resolve(path, EVENT)


@pytest.mark.parametrize(
    ("event", "value"),
    [
        ({"eventSource": "aws:sqs", "body": "text"}, "text"),
        ({"eventSource": "aws:sqs", "body": "[1]"}, [1]),
        ({"eventSource": "aws:kinesis", "data": "eyJhIjoxfQ=="}, {"a": 1}),
        ({"eventSource": "aws:kinesis", "data": "dGV4dA=="}, "text"),
        ({"eventSource": "aws:kinesis", "data": "/w=="}, "/w=="),
    ],
)
def test_bodies_and_data_are_opened_where_they_are_json(event: dict[str, Any], value: Any) -> None:
    found = opened(event)
    assert found.get("body", found.get("data")) == value


def test_records_are_known_by_the_names_of_targets_and_of_readers() -> None:
    stream = shown({"kinesis": {"sequenceNumber": "7", "data": ""}, "eventID": "shard:7"}, "role")
    assert (stream["invokeIdentityArn"], place_of(stream), identifier_of(stream)) == ("role", "7", "shard:7")
    table = {"eventID": "e", "dynamodb": {"SequenceNumber": "8"}}
    assert (place_of(table), identifier_of(table)) == ("8", "e")
    assert (place_of({"messageId": "m"}), identifier_of({"messageId": "m"})) == ("m", "m")
    assert identifier_of("text") is None
