"""HTTP APIs for the tests of API Gateway."""

from collections.abc import Callable

import pytest

from http_api import ECHO, Api
from serein.testing import Serein


@pytest.fixture
def api(aws: Serein) -> Api:
    return Api(aws)


@pytest.fixture
def echo(api: Api) -> Callable[[str], Api]:
    """An API whose route gives the event back."""

    def make(key: str, version: str = "2.0") -> Api:
        code = (
            ECHO
            if version == "2.0"
            else ECHO.replace("event\n", "{'statusCode': 200, 'body': __import__('json').dumps(event)}\n")
        )
        api.route(key, api.function(code), version)
        return api

    return make
