"""AWS's SDK for JavaScript, through a program that uses it as its users do: over HTTP/2, subscriptions included."""

import pytest

from client_programs import Run

pytestmark = pytest.mark.timeout(500)


def test_the_client_of_version_3_follows_a_stream_through_a_split(node: Run) -> None:
    node("sdk_v3.mjs")
