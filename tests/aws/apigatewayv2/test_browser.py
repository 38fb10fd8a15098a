"""A page in a real browser that calls APIs of another origin, by their host names."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from browser import BROWSER, MISSING, opened
from http_api import Api
from rest_api import MOCK, RestApi
from serein.testing import Serein

pytestmark = pytest.mark.skipif(BROWSER is None, reason=MISSING)
HELLO = "def handler(event, context):\n    return {'statusCode': 200, 'headers': {'x-shown': 'yes'}, 'body': 'hello'}\n"
_CALLS = """(async (calls) => {
  const found = [];
  for (const [url, options] of calls) {
    try {
      const reply = await fetch(url, options);
      found.push([reply.status, await reply.text(), reply.headers.get("x-shown")]);
    } catch (error) {
      found.push(error.name);
    }
  }
  return found;
})(%s)"""


class Page(BaseHTTPRequestHandler):
    """An empty page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def origin() -> Iterator[str]:
    """Where a page is that calls APIs of other origins."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_page_may_call_an_http_api_as_its_cors_settings_say(
    aws: Serein, api: Api, origin: str, tmp_path: Path
) -> None:
    function = api.function(HELLO)
    for key in ("GET /hello", "POST /hello", "DELETE /hello"):
        api.route(key, function)
    settings = {
        "AllowOrigins": [origin],
        "AllowMethods": ["GET", "POST"],
        "AllowHeaders": ["authorization", "content-type"],
        "ExposeHeaders": ["x-shown"],
    }
    api.apis.update_api(ApiId=api.id, CorsConfiguration=settings)
    url = f"http://{api.id}.execute-api.localhost:{urlsplit(aws.endpoint).port}/hello"
    json_headers = {"content-type": "application/json", "authorization": "x"}
    asked = [
        (url, {}),
        (url, {"method": "POST", "headers": json_headers, "body": "{}"}),
        (url, {"method": "DELETE"}),
        (url, {"headers": {"x-unknown": "1"}}),
    ]
    hello = [200, "hello", "yes"]
    with opened(origin, tmp_path) as tab:
        assert tab.evaluate(_CALLS % json.dumps(asked)) == [hello, hello, "TypeError", "TypeError"]
        api.apis.update_api(ApiId=api.id, CorsConfiguration={**settings, "AllowOrigins": ["https://example.com"]})
        assert tab.evaluate(_CALLS % json.dumps([(url, {})])) == ["TypeError"]


def test_a_page_may_call_a_rest_api_whose_options_are_mocked(aws: Serein, origin: str, tmp_path: Path) -> None:
    api = RestApi(aws)
    allowed = {
        "method.response.header.Access-Control-Allow-Origin": f"'{origin}'",
        "method.response.header.Access-Control-Allow-Methods": "'PUT'",
        "method.response.header.Access-Control-Allow-Headers": "'content-type'",
    }
    api.method("/hello", "OPTIONS", MOCK, {"200": {"responseParameters": allowed}})
    code = HELLO.replace("'x-shown'", f"'Access-Control-Allow-Origin': '{origin}', 'x-shown'")
    api.proxy("/hello", "PUT", api.function(code))
    api.deploy()
    url = f"http://{api.id}.execute-api.localhost:{urlsplit(aws.endpoint).port}/prod/hello"
    put = {"method": "PUT", "headers": {"content-type": "application/json"}, "body": "{}"}
    forbidden = {**put, "headers": {"x-unknown": "1"}}
    with opened(origin, tmp_path) as tab:
        found = tab.evaluate(_CALLS % json.dumps([(url, put), (url, forbidden), (url, {"method": "DELETE"})]))
    assert found == [[200, "hello", None], "TypeError", "TypeError"]
