"""The variables of API Gateway's mapping templates."""

import json
from typing import Any

import pytest

from serein.kernel.velocity import VelocityError
from serein.kernel.velocity.apigateway import Input, render

BODY = json.dumps(
    {
        "name": "Ann",
        "age": 7,
        "ok": True,
        "none": None,
        "tags": ["a", "b/c"],
        "pets": [{"id": 1}, {"id": 2}],
        "q": "it's",
    }
)


def body_of(template: str, body: str = BODY, **context: Any) -> str:
    parameters = Input(body, {"id": "p1"}, {"id": "q1", "page": "2"}, {"id": "h1", "X-Trace": "t"})
    return render(template, parameters, context, {"table": "orders"}).body


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("$input.body", BODY),
        ("$input.json('$.name')", '"Ann"'),
        ("$input.json('$.age') $input.json('$.ok') $input.json('$.none')", "7 true null"),
        ("$input.json('$.tags') $input.json('$.pets[*].id')", '["a","b/c"] [1,2]'),
        ("$input.json('$.zz') $input.json('$..zz')", '"" []'),
        ("$input.json('$')", BODY.replace(": ", ":").replace(", ", ",")),
        ("$input.path('$.name') $input.path('$.age') $input.path('$.zz')|", "Ann 7 |"),
        ("$input.path('$.pets')[0] $input.path('$.pets').size() $input.path('$.tags')", '{id=1} 2 ["a","b/c"]'),
        ("$input.path('$.pets[0]').id $input.path('$').name", "1 Ann"),
        ("$input.params('id') $input.params('page') $input.params('X-Trace') $input.params('zz')|", "p1 2 t |"),
        (
            "$input.params().header.get('X-Trace') $input.params().path.id $input.params().querystring",
            "t p1 {id=q1, page=2}",
        ),
        ("$input.params().keySet()", "[path, querystring, header]"),
        ("$stageVariables.table ${stageVariables.table} $stageVariables.zz", "orders orders $stageVariables.zz"),
        ("$util.escapeJavaScript($input.path('$.q')) $util.escapeJavaScript('a\"b\\é')", r"it\'s a\"b\\\u00E9"),
        ("$util.escapeJavaScript($input.json('$.q')).replaceAll(\"\\\\'\",\"'\")", r"\"it's\""),
        ('#set($o = $util.parseJson(\'{"a":{"b":[1,2]}}\'))$o.a.b[1]', "2"),
        ("$util.urlEncode('a b&c=é~*') $util.urlDecode('a+b%26c')", "a+b%26c%3D%C3%A9%7E* a b&c"),
        ("$util.base64Encode('héllo') $util.base64Decode('aMOpbGxv')", "aMOpbGxv héllo"),
        ("$util.toJson($input.path('$'))", "$util.toJson($input.path('$'))"),
    ],
)
def test_a_variable_gives_what_its_page_says(template: str, expected: str) -> None:
    assert body_of(template) == expected


@pytest.mark.parametrize("body", ["", " \n"])
def test_an_empty_body_is_an_empty_object(body: str) -> None:
    assert body_of("$input.json('$') $input.path('$') [$input.path('$.a')]", body) == "{} {} []"


def test_context_is_read_by_name() -> None:
    text = body_of(
        "$context.stage $context.identity.sourceIp $context.zz", stage="prod", identity={"sourceIp": "1.2.3.4"}
    )
    assert text == "prod 1.2.3.4 $context.zz"


def test_overrides_are_given_back_and_the_context_is_left_alone() -> None:
    template = """#set($context.requestOverride.header.Content-Type = "text/plain")
#set($context.requestOverride.querystring.page = $input.params('page'))
#set($context.requestOverride.path.id = "a$input.params('id')")
#set($context.responseOverride.status = 400)
#set($context.responseOverride.header.X-A = "b")
#set($context.stage = "changed")
ok"""
    context = {"stage": "prod"}
    rendered = render(template, Input("", {"id": "1"}, {"page": "2"}), context)
    assert rendered.body == "ok"
    assert rendered.request_override == {
        "header": {"Content-Type": "text/plain"},
        "querystring": {"page": "2"},
        "path": {"id": "a1"},
    }
    assert rendered.response_override == {"status": 400, "header": {"X-A": "b"}}
    assert context == {"stage": "prod"}


@pytest.mark.parametrize(
    ("template", "body"),
    [
        ("$input.json('$')", "no json"),
        ("$util.parseJson('{')", ""),
        ("$input.path('$[')", "{}"),
        ("$util.base64Decode('é')", ""),
        ("#if(", ""),
    ],
)
def test_what_cannot_be_read_fails(template: str, body: str) -> None:
    with pytest.raises(VelocityError):
        body_of(template, body)


def test_all_parameters_pass_through_as_json() -> None:
    template = """#set($allParams = $input.params())
{
  "params" : {
  #foreach($type in $allParams.keySet())
  #set($params = $allParams.get($type))
  "$type" : {
    #foreach($paramName in $params.keySet())
    "$paramName" : "$util.escapeJavaScript($params.get($paramName))"#if($foreach.hasNext),#end

    #end
  }#if($foreach.hasNext),#end

  #end
  }
}"""
    assert json.loads(body_of(template)) == {
        "params": {
            "path": {"id": "p1"},
            "querystring": {"id": "q1", "page": "2"},
            "header": {"id": "h1", "X-Trace": "t"},
        }
    }


def test_items_of_a_table_become_a_plain_list() -> None:
    body = json.dumps({"Items": [{"id": {"S": "1"}, "name": {"S": "x"}}, {"id": {"S": "2"}, "name": {"S": "y"}}]})
    template = """#set($inputRoot = $input.path('$'))
{"music": [
#foreach($field in $inputRoot.Items) {
  "id": "$field.id.S",
  "name": "$field.name.S"
}#if($foreach.hasNext),#end

#end
]}"""
    assert json.loads(body_of(template, body)) == {"music": [{"id": "1", "name": "x"}, {"id": "2", "name": "y"}]}
