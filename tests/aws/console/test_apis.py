"""The pages of APIs: listed, shown, tried out in a browser."""

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from browser import BROWSER, MISSING, opened
from http_api import Api
from rest_api import RestApi
from serein.testing import Serein

ECHO = """
import json
def handler(event, context):
    shown = {name: event.get(name) for name in ('pathParameters', 'queryStringParameters', 'body')}
    given = {name.lower(): value for name, value in event['headers'].items()}
    return {'statusCode': 201, 'headers': {'x-a': given.get('x-a', 'none')}, 'body': json.dumps(shown)}
"""


def read(aws: Serein, path: str) -> str:
    url = f"{aws.endpoint}/_serein/apis{path}?account={aws.account}&region={aws.region}"
    with urllib.request.urlopen(url) as answer:
        text: str = answer.read().decode()
    return text


def orders(aws: Serein) -> RestApi:
    """An API that gives back what it got."""
    api = RestApi(aws)
    parameters = {"method.request.path.id": True, "method.request.querystring.full": False}
    api.proxy("/orders/{id}", "PUT", api.function(ECHO), requestParameters=parameters)
    api.deploy()
    return api


def test_apis_are_listed_with_a_page_for_each_stage(aws: Serein) -> None:
    assert "There are no APIs" in read(aws, "")
    rest, http = orders(aws), Api(aws)
    aws.client("apigatewayv2").create_api(
        Name="<b>chat</b>", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
    )
    shown = read(aws, "")
    assert f"/_serein/apis/{rest.id}/prod?" in shown
    assert f"/_serein/apis/{http.id}/%24default?" in shown
    assert "&lt;b&gt;chat&lt;/b&gt;" in shown and "<b>chat" not in shown


def test_a_page_has_a_form_for_each_operation_and_the_document_is_valid(aws: Serein) -> None:
    rest, http = orders(aws), Api(aws)
    function = http.function(ECHO)
    for key in ("GET /a/{rest+}", "$default"):
        http.route(key, function)
    assert "<code>/orders/{id}</code>" in read(aws, f"/{rest.id}/prod")
    assert "/a/{rest+}" in read(aws, f"/{http.id}/$default")
    for place, api_id in ((f"/{rest.id}/prod", rest.id), (f"/{http.id}/$default", http.id)):
        document = json.loads(read(aws, f"{place}/openapi.json"))
        validate(document)
        assert document["servers"][0]["url"].startswith(f"/_serein/api/{api_id}/")
    with pytest.raises(urllib.error.HTTPError) as refused:
        read(aws, "/nothing/prod")
    assert refused.value.code == 404


@pytest.mark.skipif(BROWSER is None, reason=MISSING)
def test_an_operation_is_tried_out_in_a_browser(aws: Serein, tmp_path: Path) -> None:
    api = orders(aws)
    url = f"{aws.endpoint}/_serein/apis/{api.id}/prod?account={aws.account}&region={aws.region}"
    with opened(url, tmp_path) as tab:
        shown = tab.evaluate("""
            (async () => {
              const form = document.querySelector('form[data-path="/orders/{id}"]');
              document.getElementById('headers').value = 'X-A: given';
              form.elements['path:id'].value = 'a b';
              form.elements['query:full'].value = '1&2';
              form.elements.body.value = '{"n": 1}';
              await send(form);
              return document.querySelector('.reply').textContent;
            })()
        """)
    assert shown.startswith("201")
    assert "x-a: given" in shown
    body = json.loads(shown.partition("\n\n")[2])
    assert body == {
        "pathParameters": {"id": "a b"},
        "queryStringParameters": {"full": "1&2"},
        "body": '{"n": 1}',
    }
