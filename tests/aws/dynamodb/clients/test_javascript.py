"""The JavaScript clients of DynamoDB, each through a program that uses it as its users do."""

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., str]
pytestmark = pytest.mark.timeout(500)


def test_the_client_of_version_3_keeps_an_inventory_and_follows_its_stream(node: Run) -> None:
    node("sdk_v3.mjs")


def test_the_document_client_of_version_3_keeps_orders(node: Run) -> None:
    node("document_client.mjs")


def test_the_document_client_of_version_2_keeps_a_guest_book(node: Run) -> None:
    node("sdk_v2.cjs")


def test_electrodb_tracks_tasks_in_one_table(node: Run) -> None:
    node("electrodb.mjs")


def test_onetable_keeps_accounts_with_unique_attributes(node: Run, aws: Any) -> None:
    node("onetable.mjs")
    assert aws.client("dynamodb").list_tables()["TableNames"] == []


def test_toolbox_keeps_a_shelf_of_books(node: Run) -> None:
    node("toolbox.mjs")
