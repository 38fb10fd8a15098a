"""The memory of open connections: their ids, and when their time is up."""

from types import SimpleNamespace
from typing import Any, cast

from serein.kernel.scope import Scope
from serein.services.apigatewayv2.sockets.connections import Connection, Connections, Peer, peer_of

NOW = 1_000_000.0


def connections() -> Connections:
    platform: Any = SimpleNamespace(bus=SimpleNamespace(wake=lambda topic: None))
    return Connections(platform)


def opened(among: Connections, at: float = NOW, api_id: str = "a", stage: str = "dev") -> Connection:
    peer = Peer(among.new_id(), api_id, stage, Scope(), "domain", at, {"sourceIp": "127.0.0.1"})
    connection = Connection(peer, cast(Any, None))
    among.add(connection)
    return connection


def test_ids_have_the_form_of_aws_and_tell_their_server() -> None:
    one, two = connections(), connections()
    first, second = one.new_id(), one.new_id()
    assert len(first) == 16
    assert first.endswith("=")
    assert first != second
    assert one.server_of(first) == one.server_id == one.server_of(second)
    assert one.server_of(two.new_id()) == two.server_id != one.server_id
    assert one.server_of("nonsense") == ""


def test_a_connection_is_overdue_ten_minutes_after_it_was_last_active() -> None:
    among = connections()
    connection = opened(among)
    assert among.next_end == NOW + 600
    assert among.take_overdue(NOW + 599) == []
    connection.active_at = NOW + 500
    assert among.take_overdue(NOW + 600) == []
    assert among.next_end == NOW + 1100
    assert among.take_overdue(NOW + 1100) == [connection]


def test_a_connection_is_overdue_after_two_hours_however_active() -> None:
    among = connections()
    connection = opened(among)
    connection.active_at = NOW + 7199
    assert among.take_overdue(NOW + 7199) == []
    assert among.take_overdue(NOW + 7200) == [connection]


def test_a_connection_that_is_gone_is_never_overdue() -> None:
    among = connections()
    connection = opened(among)
    among.remove(connection)
    assert among.next_end is None
    assert among.take_overdue(NOW + 10_000) == []
    assert among.find(connection.peer.id) is None


def test_connections_are_found_by_stage() -> None:
    among = connections()
    dev, prod, other = opened(among), opened(among, stage="prod"), opened(among, api_id="b")
    assert list(among.of_stage("a")) == [dev, prod]
    assert list(among.of_stage("a", "prod")) == [prod]
    assert list(among.of_stage("b")) == [other]
    assert len(among) == 3


def test_a_peer_is_kept_as_json_and_read_again() -> None:
    peer = Peer("id", "a", "dev", Scope("1", "eu-west-1"), "domain", NOW, {"sourceIp": "::1"}, {"principalId": "me"})
    assert peer_of(peer.scope, peer.details()) == peer
