import pytest

from serein.services.apigatewayv2.errors import BadRequestException
from serein.services.apigatewayv2.routing import RoutingTable, parse_route_key


def _table(*keys: str) -> RoutingTable[str]:
    table: RoutingTable[str] = RoutingTable()
    for key in keys:
        table.add(parse_route_key(key), key)
    return table


PETS = _table("GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default")


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/pets/dog/1", ("GET /pets/dog/1", {})),
        ("GET", "/pets/dog/2", ("GET /pets/dog/{id}", {"id": "2"})),
        ("GET", "/pets/cat/1", ("GET /pets/{proxy+}", {"proxy": "cat/1"})),
        ("POST", "/test/5", ("ANY /{proxy+}", {"proxy": "test/5"})),
        ("PUT", "/pets/dog/1", ("ANY /{proxy+}", {"proxy": "pets/dog/1"})),
        ("GET", "/", ("$default", {})),
        ("GET", "/pets/dog/a%20b%2Fc", ("GET /pets/dog/{id}", {"id": "a b/c"})),
    ],
)
def test_routes_match_by_the_priorities_of_the_developer_guide(
    method: str, path: str, expected: tuple[str, dict[str, str]]
) -> None:
    assert PETS.find(method, path) == expected


def test_a_method_beats_any_and_a_literal_beats_a_variable() -> None:
    table = _table("ANY /a/{x}", "GET /a/{y}", "ANY /a/b", "GET /{p}/b")
    assert table.find("GET", "/a/1") == ("GET /a/{y}", {"y": "1"})
    assert table.find("POST", "/a/1") == ("ANY /a/{x}", {"x": "1"})
    assert table.find("GET", "/a/b") == ("ANY /a/b", {})


def test_a_literal_branch_that_leads_nowhere_falls_back_to_the_variable_one() -> None:
    table = _table("GET /a/b/c", "GET /{x}/b/d")
    assert table.find("GET", "/a/b/d") == ("GET /{x}/b/d", {"x": "a"})


def test_nothing_matches_without_a_default_route() -> None:
    table = _table("GET /orders/{id}")
    assert table.find("GET", "/orders") is None
    assert table.find("GET", "/orders/1/lines") is None
    assert table.find("GET", "/orders/") is None
    assert table.find("POST", "/orders/1") is None


@pytest.mark.parametrize(
    "key", ["", "/x", "FETCH /x", "GET x", "GET /{a}/{a}", "GET /{a+}/b", "GET /a{b}", "GET /{}", "get /x", "default"]
)
def test_malformed_route_keys_are_refused(key: str) -> None:
    with pytest.raises(BadRequestException):
        parse_route_key(key)
