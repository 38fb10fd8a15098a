"""The resource tree."""

import pytest

from serein.services.apigateway.serving.routing import ResourceTree


def tree(*routes: str) -> ResourceTree[str]:
    made: ResourceTree[str] = ResourceTree()
    for route in routes:
        verb, _, path = route.partition(" ")
        made.add(path, verb, route)
    return made


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("GET /", "GET /"),
        ("GET /pets", "GET /pets"),
        ("GET /pets/", "GET /pets"),
        ("GET /pets/1", "GET /pets/{id}"),
        ("GET /pets/mine", "GET /pets/mine"),
        ("GET /pets/1/toys", "GET /{proxy+}"),
        ("POST /pets", "ANY /{proxy+}"),
        ("GET /a/b/c", "GET /{proxy+}"),
        ("POST /pets/mine", "POST /pets/{id}"),
        ("GET /pets//", "GET /{proxy+}"),
    ],
)
def test_a_literal_part_comes_before_a_variable_and_that_before_a_greedy_one(asked: str, expected: str) -> None:
    routes = tree(
        "GET /", "GET /pets", "GET /pets/{id}", "POST /pets/{id}", "GET /pets/mine", "GET /{proxy+}", "ANY /{proxy+}"
    )
    verb, _, path = asked.partition(" ")
    found = routes.find(path, verb)
    assert found is not None
    assert found[0] == expected


def test_variables_are_decoded() -> None:
    found = tree("GET /{a}/{b+}").find("/x%20y/c%2Fd/e%41/", "GET")
    assert found == ("GET /{a}/{b+}", {"a": "x y", "b": "c/d/eA"})


def test_a_literal_part_may_come_encoded() -> None:
    assert tree("GET /a:b").find("/a%3Ab", "GET") == ("GET /a:b", {})


@pytest.mark.parametrize("path", ["/", "//", "/pets/1/2", "/other"])
def test_what_no_resource_has_is_not_found(path: str) -> None:
    assert tree("GET /pets/{id}").find(path, "GET") is None


def test_a_greedy_variable_has_at_least_one_part() -> None:
    assert tree("GET /pets/{proxy+}").find("/pets/", "GET") is None


def test_the_verb_comes_before_any() -> None:
    routes = tree("ANY /a", "GET /a")
    assert routes.find("/a", "GET") == ("GET /a", {})
    assert routes.find("/a", "PUT") == ("ANY /a", {})


def test_variables_of_a_branch_that_is_left_again_are_forgotten() -> None:
    found = tree("GET /{a}/x/{b}", "GET /{proxy+}").find("/1/x/2/3", "GET")
    assert found == ("GET /{proxy+}", {"proxy": "1/x/2/3"})
