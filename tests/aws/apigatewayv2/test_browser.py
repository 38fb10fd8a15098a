"""A page in a real browser that calls APIs of another origin, by their host names."""

import html
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from http_api import Api
from serein.testing import Serein

PROGRAMS = ("chromium-headless-shell", "chromium", "google-chrome")
BROWSER = next((program for program in PROGRAMS if shutil.which(program)), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason=f"no browser: none of {', '.join(PROGRAMS)} is installed")
HELLO = "def handler(event, context):\n    return {'statusCode': 200, 'headers': {'x-shown': 'yes'}, 'body': 'hello'}\n"
_PAGE = """<!doctype html><meta charset="utf-8"><pre id="found"></pre><script>
async function run(calls) {
  const found = [];
  for (const [url, options] of calls) {
    try {
      const reply = await fetch(url, options);
      found.push([reply.status, await reply.text(), reply.headers.get("x-shown")]);
    } catch (error) {
      found.push(error.name);
    }
  }
  document.getElementById("found").textContent = JSON.stringify(found);
}
run(CALLS);
</script>"""


class Page:
    """A page that makes calls one after the other and shows what came of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._content = b""
        page = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(page._content)))
                self.end_headers()
                self.wfile.write(page._content)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def call(self, *calls: tuple[str, dict[str, Any]]) -> list[Any]:
        """Of each call status, body and the header x-shown, or the name of the error, in a fresh browser."""
        self._content = _PAGE.replace("CALLS", json.dumps(calls)).encode()
        # Why virtual time: the browser prints the page once nothing is left to wait for.
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "--virtual-time-budget=60000"]
        printed = subprocess.run(
            [str(BROWSER), *options, f"--user-data-dir={self._folder}", self.origin],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        ).stdout
        found = re.search(r'<pre id="found">(.+?)</pre>', printed, re.DOTALL)
        assert found is not None, printed
        shown: list[Any] = json.loads(html.unescape(found[1]))
        return shown

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    page = Page(tmp_path)
    yield page
    page.close()


def test_a_page_may_call_an_http_api_as_its_cors_settings_say(aws: Serein, api: Api, page: Page) -> None:
    function = api.function(HELLO)
    for key in ("GET /hello", "POST /hello", "DELETE /hello"):
        api.route(key, function)
    settings = {
        "AllowOrigins": [page.origin],
        "AllowMethods": ["GET", "POST"],
        "AllowHeaders": ["authorization", "content-type"],
        "ExposeHeaders": ["x-shown"],
    }
    api.apis.update_api(ApiId=api.id, CorsConfiguration=settings)
    url = f"http://{api.id}.execute-api.localhost:{urlsplit(aws.endpoint).port}/hello"
    json_headers = {"content-type": "application/json", "authorization": "x"}
    asked = (
        (url, {}),
        (url, {"method": "POST", "headers": json_headers, "body": "{}"}),
        (url, {"method": "DELETE"}),
        (url, {"headers": {"x-unknown": "1"}}),
    )
    assert page.call(*asked) == [[200, "hello", "yes"], [200, "hello", "yes"], "TypeError", "TypeError"]
    api.apis.update_api(ApiId=api.id, CorsConfiguration={**settings, "AllowOrigins": ["https://example.com"]})
    assert page.call((url, {})) == ["TypeError"]
