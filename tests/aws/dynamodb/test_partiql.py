"""ExecuteStatement: what SELECT, INSERT, UPDATE and DELETE do to a table, and what is refused."""

from typing import Any

import pytest

from tests.aws.dynamodb.conftest import index, make_table, refusal

NO_KEY = "Where clause does not contain a mandatory equality on all key attributes"
FAILED = ("ConditionalCheckFailedException", "The conditional request failed")


@pytest.fixture
def orders(dynamodb: Any) -> Any:
    """A table with a sort key, a global and a local index, and some items."""
    make_table(
        dynamodb,
        "orders",
        "pk:S",
        "sk:N",
        attributes={"kind": "S", "rank": "N"},
        GlobalSecondaryIndexes=[index("by-kind", "kind", "sk"), index("keys", "kind", "", "KEYS_ONLY")],
        LocalSecondaryIndexes=[index("by-rank", "pk", "rank", "KEYS_ONLY")],
    )
    for pk, count in (("a", 5), ("b", 3), ("c", 1)):
        for at in range(count):
            item = {"pk": {"S": pk}, "sk": {"N": str(at)}, "rank": {"N": str(9 - at)}, "note": {"S": f"{pk}{at}"}}
            if at % 2 == 0:
                item["kind"] = {"S": "even"}
            dynamodb.put_item(TableName="orders", Item=item)
    return dynamodb


def run(client: Any, statement: str, *parameters: Any, **options: Any) -> dict[str, Any]:
    if parameters:
        options["Parameters"] = list(parameters)
    reply: dict[str, Any] = client.execute_statement(Statement=statement, **options)
    return reply


def notes(reply: dict[str, Any]) -> list[str]:
    return [item["note"]["S"] for item in reply["Items"]]


def rows(client: Any, statement: str, *parameters: Any, **options: Any) -> list[str]:
    return notes(run(client, statement, *parameters, **options))


def pages(client: Any, statement: str, *parameters: Any, **options: Any) -> list[list[str]]:
    found = []
    token: dict[str, str] = {}
    while True:
        reply = run(client, statement, *parameters, **options, **token)
        found.append(notes(reply))
        if "NextToken" not in reply:
            return found
        token = {"NextToken": reply["NextToken"]}


# SELECT: which items.


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("pk = 'a'", ["a0", "a1", "a2", "a3", "a4"]),
        ("pk = 'a' AND sk = 3", ["a3"]),
        ("sk = 3 AND 'a' = pk", ["a3"]),
        ("pk = 'a' AND sk > 2", ["a3", "a4"]),
        ("pk = 'a' AND 2 < sk", ["a3", "a4"]),
        ("pk = 'a' AND sk <= 1", ["a0", "a1"]),
        ("pk = 'a' AND sk BETWEEN 1 AND 2", ["a1", "a2"]),
        ("pk = 'a' AND sk > 0 AND sk < 3", ["a1", "a2"]),
        ("pk = 'a' AND sk IN [0, 4]", ["a0", "a4"]),
        ("pk = 'a' AND sk <> 0 AND NOT sk = 1", ["a2", "a3", "a4"]),
        ("pk = 'a' AND note = 'a2'", ["a2"]),
        ("pk = 'a' AND (note = 'a2' OR note = 'a3')", ["a2", "a3"]),
        ("pk = 'a' AND begins_with(note, 'b')", []),
        ("pk = 'a' AND kind IS MISSING", ["a1", "a3"]),
        ("pk = 'a' AND size(note) = 2 AND contains(note, '4')", ["a4"]),
        ("pk = 'b' OR pk = 'c'", ["b0", "b1", "b2", "c0"]),
        ("pk IN ['c', 'b', 'c']", ["c0", "b0", "b1", "b2"]),
        ("pk IN ('b', 'c') AND sk = 0", ["b0", "c0"]),
        ("(pk = 'a' AND sk = 1) OR (pk = 'b' AND sk = 2)", ["a1", "b2"]),
        ("pk = 'a' AND pk = 'b'", []),
        ("pk = 'nobody'", []),
    ],
)
def test_select_finds_the_items_that_its_condition_names(orders: Any, where: str, expected: list[str]) -> None:
    assert rows(orders, f'SELECT * FROM "orders" WHERE {where}') == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("", ["a0", "a1", "a2", "a3", "a4", "b0", "b1", "b2", "c0"]),
        ("WHERE sk = 0", ["a0", "b0", "c0"]),
        ("WHERE pk > 'a'", ["b0", "b1", "b2", "c0"]),
        ("WHERE pk = 'c' OR note = 'a1'", ["a1", "c0"]),
        ("WHERE NOT pk IN ['a', 'b']", ["c0"]),
        ("WHERE begins_with(pk, 'c')", ["c0"]),
        ('WHERE pk = "note"', []),
    ],
)
def test_select_scans_when_the_partition_key_is_open(orders: Any, where: str, expected: list[str]) -> None:
    assert sorted(rows(orders, f"SELECT * FROM orders {where}")) == expected


def test_select_puts_items_into_the_order_of_their_keys(orders: Any) -> None:
    select = "SELECT * FROM orders WHERE"
    assert rows(orders, f"{select} pk = 'b' ORDER BY sk") == ["b0", "b1", "b2"]
    assert rows(orders, f"{select} pk = 'b' ORDER BY sk DESC") == ["b2", "b1", "b0"]
    assert rows(orders, f"{select} pk = 'b' AND sk > 0 ORDER BY pk ASC, sk DESC") == ["b2", "b1"]
    assert rows(orders, f"{select} pk IN ['b', 'c'] ORDER BY pk DESC") == ["c0", "b0", "b1", "b2"]
    assert rows(orders, f"{select} pk IN ['c', 'b'] ORDER BY pk, sk DESC") == ["b2", "b1", "b0", "c0"]


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ("ORDER BY sk", "Must have WHERE clause in the statement when using ORDER BY clause."),
        ("WHERE sk = 1 ORDER BY sk",
         "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause."),
        ("WHERE pk = 'a' ORDER BY note", "Variable reference note in ORDER BY clause must be part of the primary key"),
        ("WHERE pk IN ['a', 'b'] ORDER BY sk",
         "pk must be the first attribute in ORDER BY clause when it has several values"),
        ("WHERE pk = 'a' ORDER BY sk, sk", "An attribute can only be used once in ORDER BY clause"),
    ],
)  # fmt: skip
def test_select_orders_by_keys_of_confined_partitions_only(orders: Any, rest: str, message: str) -> None:
    refused = refusal(orders.execute_statement, Statement=f"SELECT * FROM orders {rest}")
    assert refused == ("ValidationException", message)


def test_select_reads_indexes(orders: Any) -> None:
    assert (
        rows(orders, 'SELECT * FROM "orders"."by-kind" WHERE kind = \'even\' AND sk >= 2 ORDER BY sk DESC')[0] == "a4"
    )
    assert sorted(rows(orders, 'SELECT * FROM "orders"."by-kind" WHERE kind = \'even\' AND sk >= 2')) == [
        "a2",
        "a4",
        "b2",
    ]
    assert sorted(rows(orders, 'SELECT * FROM "orders"."by-kind"')) == ["a0", "a2", "a4", "b0", "b2", "c0"]
    found = run(orders, 'SELECT * FROM "orders"."keys" WHERE kind = \'even\'')["Items"]
    assert len(found) == 6
    assert all(item.keys() == {"pk", "sk", "kind"} for item in found)
    local = run(orders, 'SELECT * FROM "orders"."by-rank" WHERE pk = \'a\' AND rank > 7')["Items"]
    assert local == [
        {"pk": {"S": "a"}, "sk": {"N": "1"}, "rank": {"N": "8"}},
        {"pk": {"S": "a"}, "sk": {"N": "0"}, "rank": {"N": "9"}},
    ]
    assert run(orders, 'SELECT note FROM "orders"."by-rank" WHERE pk = \'a\' AND rank = 8')["Items"] == [
        {"note": {"S": "a1"}}
    ]


@pytest.mark.parametrize(
    ("statement", "options", "message"),
    [
        ('SELECT * FROM "orders"."absent"', {}, "The table does not have the specified index: absent"),
        ('SELECT * FROM "orders"."by-kind"', {"ConsistentRead": True},
         "Consistent reads are not supported on global secondary indexes"),
        ("SELECT note FROM \"orders\".\"keys\" WHERE kind = 'even'", {},
         "One or more parameter values were invalid: Global secondary index keys does not project [note]"),
        ("SELECT * FROM orders WHERE pk = 1", {},
         "One or more parameter values were invalid: Condition parameter type does not match schema type"),
        ("SELECT * FROM orders WHERE pk = 'a' AND sk > 'x'", {},
         "One or more parameter values were invalid: Condition parameter type does not match schema type"),
        ("SELECT * FROM orders WHERE pk = ''", {},
         "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
         "string value. Key: pk"),
        ("SELECT pk.x FROM orders", {},
         "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk"),
        ("SELECT note, note FROM orders", {},
         "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [note], "
         "path two: [note]"),
        (f"SELECT * FROM orders WHERE pk IN [{', '.join(['1'] * 51)}]", {},
         "The IN operator is provided with too many operands; number of operands: 51"),
        ("EXISTS(SELECT * FROM orders WHERE pk = 'a' AND sk = 1)", {},
         "EXISTS can only be used in ExecuteTransaction"),
        ("SELECT * FROM orders LIMIT 1", {}, "Unsupported clause: LIMIT at 1:22:5"),
        ("SELECTT * FROMM orders", {},
         "Statement wasn't well formed, can't be processed: Expected data manipulation"),
        ("SELECT * FROM orders WHERE pk = ?", {}, "Number of parameters in request and statement don't match."),
        ("SELECT * FROM orders", {"Parameters": [{"S": "a"}]},
         "Number of parameters in request and statement don't match."),
        ("SELECT * FROM orders", {"NextToken": "nonsense"}, "Given NextToken is not valid"),
    ],
)  # fmt: skip
def test_select_is_refused_in_awss_words(orders: Any, statement: str, options: dict[str, Any], message: str) -> None:
    refused = refusal(orders.execute_statement, Statement=statement, **options)
    assert refused == ("ValidationException", message)


def test_select_lists_attributes_and_nested_paths(dynamodb: Any) -> None:
    make_table(dynamodb, "things")
    document = {"M": {"nested": {"S": "deep"}, "list": {"L": [{"N": "1"}, {"M": {"x": {"N": "2"}}}]}}}
    dynamodb.put_item(TableName="things", Item={"pk": {"S": "a"}, "doc": document, "other": {"S": "o"}})
    dynamodb.put_item(TableName="things", Item={"pk": {"S": "b"}})
    select = "FROM things WHERE pk = 'a'"
    assert run(dynamodb, f"SELECT pk, other {select}")["Items"] == [{"pk": {"S": "a"}, "other": {"S": "o"}}]
    assert run(dynamodb, f"SELECT doc.nested {select}")["Items"] == [{"nested": {"S": "deep"}}]
    assert run(dynamodb, f'SELECT "doc"."list"[1].x, pk {select}')["Items"] == [{"x": {"N": "2"}, "pk": {"S": "a"}}]
    assert run(dynamodb, f"SELECT doc.list[0] {select}")["Items"] == [{"list[0]": {"N": "1"}}]
    assert run(dynamodb, "SELECT other FROM things WHERE pk = 'b'")["Items"] == [{}]


def test_names_are_taken_as_they_are_written(dynamodb: Any) -> None:
    make_table(dynamodb, "My.Table-1")
    run(dynamodb, """INSERT INTO "My.Table-1" VALUE {'pk': 'a', 'select': 1, 'Name': 2, '#n': 3, 'it"s': 4}""")
    select = "SELECT * FROM \"My.Table-1\" WHERE pk = 'a' AND"
    for condition in ('"select" = 1', "Name = 2", '"#n" = 3', '"it""s" = 4', "name IS MISSING"):
        assert len(run(dynamodb, f"{select} {condition}")["Items"]) == 1
    assert run(dynamodb, f"{select} name = 2")["Items"] == []
    assert run(dynamodb, 'select "#n" from "My.Table-1" where pk = ?', {"S": "a"})["Items"] == [{"#n": {"N": "3"}}]


def test_a_table_that_is_not_there_is_not_found(dynamodb: Any) -> None:
    for statement in (
        "SELECT * FROM nothing",
        "INSERT INTO nothing VALUE {'pk': 'a'}",
        "UPDATE nothing SET a = 1 WHERE pk = 'a'",
        "DELETE FROM nothing WHERE pk = 'a'",
    ):
        refused = refusal(dynamodb.execute_statement, Statement=statement)
        assert refused == ("ResourceNotFoundException", "Requested resource not found")


def test_a_table_can_be_named_by_its_arn(dynamodb: Any) -> None:
    arn = make_table(dynamodb, "things")
    run(dynamodb, f"INSERT INTO \"{arn}\" VALUE {{'pk': 'a'}}")
    assert run(dynamodb, f'SELECT * FROM "{arn}"')["Items"] == [{"pk": {"S": "a"}}]


def test_parameters_are_of_every_type(dynamodb: Any) -> None:
    make_table(dynamodb, "things")
    item = {
        "pk": {"S": "a"}, "b": {"B": b"\x00x"}, "n": {"N": "1.50"}, "t": {"BOOL": True}, "z": {"NULL": True},
        "ss": {"SS": ["a", "b"]}, "ns": {"NS": ["1", "2"]}, "bs": {"BS": [b"x", b"y"]},
        "l": {"L": [{"S": "x"}]}, "m": {"M": {"k": {"N": "1"}}},
    }  # fmt: skip
    names = ", ".join(f"'{name}': ?" for name in item)
    run(dynamodb, f"INSERT INTO things VALUE {{{names}}}", *item.values())
    stored = dynamodb.get_item(TableName="things", Key={"pk": {"S": "a"}})["Item"]
    assert stored == {**item, "n": {"N": "1.5"}}
    for name, value in item.items():
        assert len(run(dynamodb, f"SELECT * FROM things WHERE pk = 'a' AND {name} = ?", value)["Items"]) == 1


def test_constraints_of_the_model_are_checked(dynamodb: Any) -> None:
    call = dynamodb.execute_statement
    code, message = refusal(call, Statement="SELECT * FROM things", Parameters=[])
    assert code == "ValidationException"
    assert "'parameters' failed to satisfy constraint: Member must have length greater than or equal to 1" in message
    assert refusal(call)[0] == refusal(call, Statement="")[0] == "ValidationException"
    assert "length less than or equal to 8192" in refusal(call, Statement="x" * 8193)[1]
    assert refusal(call, Statement="SELECT * FROM things", Limit=0)[0] == "ValidationException"
    assert refusal(call, Statement="SELECT * FROM things", ReturnConsumedCapacity="SOME")[0] == "ValidationException"
    refused = refusal(call, Statement="SELECT * FROM things WHERE pk = ?", Parameters=[{"N": "x"}])
    assert refused == ("ValidationException", "The parameter cannot be converted to a numeric value: x")


# SELECT: pages and cost.


def test_a_page_ends_after_its_limit_and_goes_on_from_its_token(orders: Any) -> None:
    statement = "SELECT * FROM orders WHERE pk = 'a'"
    first = run(orders, statement, Limit=2)
    assert notes(first) == ["a0", "a1"]
    assert first["LastEvaluatedKey"] == {"pk": {"S": "a"}, "sk": {"N": "1"}}
    assert rows(orders, statement, NextToken=first["NextToken"]) == ["a2", "a3", "a4"]
    assert pages(orders, statement, Limit=2) == [["a0", "a1"], ["a2", "a3"], ["a4"]]
    assert pages(orders, statement + " ORDER BY sk DESC", Limit=3) == [["a4", "a3", "a2"], ["a1", "a0"]]


def test_the_limit_counts_what_was_read(orders: Any) -> None:
    assert pages(orders, "SELECT * FROM orders WHERE pk = 'a' AND note = 'a3'", Limit=2) == [[], ["a3"], []]


def test_scans_and_reads_of_indexes_have_pages_too(orders: Any) -> None:
    for statement, count in (
        ("SELECT * FROM orders", 9),
        ('SELECT * FROM "orders"."by-kind"', 6),
        ('SELECT * FROM "orders"."by-kind" WHERE kind = \'even\'', 6),
    ):
        found = [note for page in pages(orders, statement, Limit=2) for note in page]
        assert len(found) == len(set(found)) == count
    last = run(orders, 'SELECT * FROM "orders"."by-kind" WHERE kind = \'even\'', Limit=1)["LastEvaluatedKey"]
    assert last.keys() == {"pk", "sk", "kind"}


def test_several_partitions_are_read_page_by_page(orders: Any) -> None:
    statement = "SELECT * FROM orders WHERE pk IN ['a', 'x', 'b']"
    assert pages(orders, statement, Limit=4) == [["a0", "a1", "a2", "a3"], ["a4", "b0", "b1", "b2"], []]


def test_ten_values_of_a_partition_key_make_a_page(dynamodb: Any) -> None:
    make_table(dynamodb, "things")
    for at in range(25):
        dynamodb.put_item(TableName="things", Item={"pk": {"S": f"k{at}"}, "note": {"S": str(at)}})
    values = ", ".join(f"'k{at}'" for at in range(25))
    found = pages(dynamodb, f"SELECT * FROM things WHERE pk IN [{values}]")
    assert [len(page) for page in found] == [10, 10, 5]
    assert [note for page in found for note in page] == [str(at) for at in range(25)]


def test_a_page_ends_with_the_item_that_takes_it_past_a_megabyte(dynamodb: Any) -> None:
    make_table(dynamodb, "large", "pk:S", "sk:N")
    for at in range(5):
        item = {"pk": {"S": "a"}, "sk": {"N": str(at)}, "note": {"S": str(at)}, "body": {"S": "x" * 300_000}}
        dynamodb.put_item(TableName="large", Item=item)
    assert pages(dynamodb, "SELECT note FROM large WHERE pk = 'a'") == [["0", "1", "2", "3"], ["4"]]


def test_a_token_belongs_to_its_statement_and_parameters(orders: Any) -> None:
    token = run(orders, "SELECT * FROM orders WHERE pk = ?", {"S": "a"}, Limit=1)["NextToken"]
    message = ("ValidationException", "NextToken does not match request")
    call = orders.execute_statement
    assert refusal(call, Statement="SELECT * FROM orders WHERE pk = 'a'", NextToken=token) == message
    other = [{"S": "b"}]
    assert refusal(call, Statement="SELECT * FROM orders WHERE pk = ?", Parameters=other, NextToken=token) == message


def test_reads_cost_what_they_cost_as_queries(orders: Any) -> None:
    select = "SELECT * FROM orders WHERE pk = 'a'"
    assert "ConsumedCapacity" not in run(orders, select)
    assert "ConsumedCapacity" not in run(orders, select, ReturnConsumedCapacity="NONE")
    assert run(orders, select, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"] == {
        "TableName": "orders", "CapacityUnits": 0.5,
    }  # fmt: skip
    assert run(orders, select, ReturnConsumedCapacity="INDEXES", ConsistentRead=True)["ConsumedCapacity"] == {
        "TableName": "orders", "CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0},
    }  # fmt: skip
    several = "SELECT * FROM orders WHERE pk IN ['a', 'b', 'c']"
    assert run(orders, several, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]["CapacityUnits"] == 1.5
    by_index = 'SELECT * FROM "orders"."by-kind" WHERE kind = \'even\''
    assert run(orders, by_index, ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"] == {
        "TableName": "orders",
        "CapacityUnits": 0.5,
        "Table": {"CapacityUnits": 0.0},
        "GlobalSecondaryIndexes": {"by-kind": {"CapacityUnits": 0.5}},
    }
    by_rank = 'SELECT note FROM "orders"."by-rank" WHERE pk = \'b\''
    assert run(orders, by_rank, ReturnConsumedCapacity="INDEXES", ConsistentRead=True)["ConsumedCapacity"] == {
        "TableName": "orders",
        "CapacityUnits": 4.0,
        "Table": {"CapacityUnits": 3.0},
        "LocalSecondaryIndexes": {"by-rank": {"CapacityUnits": 1.0}},
    }


# INSERT.


def test_insert_adds_an_item_and_replaces_none(dynamodb: Any) -> None:
    make_table(dynamodb, "things")
    assert run(dynamodb, "INSERT INTO things VALUE {'pk': 'a', 'n': 1}")["Items"] == []
    refused = refusal(dynamodb.execute_statement, Statement="INSERT INTO things VALUE {'pk': 'a', 'n': 2}")
    assert refused == ("DuplicateItemException", "Duplicate primary key exists in table")
    assert dynamodb.get_item(TableName="things", Key={"pk": {"S": "a"}})["Item"]["n"] == {"N": "1"}
    run(dynamodb, "DELETE FROM things WHERE pk = 'a'")
    run(dynamodb, "INSERT INTO things VALUE {'pk': 'a', 'n': 3}")
    assert dynamodb.get_item(TableName="things", Key={"pk": {"S": "a"}})["Item"]["n"] == {"N": "3"}


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("{'n': 1}", "One or more parameter values were invalid: Missing the key pk in the item"),
        ("{'pk': 1, 'sk': 1}",
         "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N"),
        ("{'pk': '', 'sk': 1}",
         "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
         "string value. Key: pk"),
        ("{'pk': 'a', 'sk': 1, 'kind': 1}",
         "One or more parameter values were invalid: Type mismatch for Index Key kind Expected: S Actual: N "
         "IndexName: by-kind"),
        ("{'pk': 'a', 'sk': 1, 'n': 123456789012345678901234567890123456789}",
         "Attempting to store more than 38 significant digits in a Number"),
    ],
)  # fmt: skip
def test_insert_checks_the_item_as_put_item_does(orders: Any, item: str, message: str) -> None:
    refused = refusal(orders.execute_statement, Statement=f"INSERT INTO orders VALUE {item}")
    assert refused == ("ValidationException", message)


def test_insert_refuses_an_item_of_more_than_400_kb(dynamodb: Any) -> None:
    make_table(dynamodb, "things")
    statement, body = "INSERT INTO things VALUE {'pk': 'a', 'body': ?}", [{"S": "x" * 410_000}]
    refused = refusal(dynamodb.execute_statement, Statement=statement, Parameters=body)
    assert refused == ("ValidationException", "Item size has exceeded the maximum allowed size")


# UPDATE.


def test_update_changes_an_item_that_is_there_and_creates_none(orders: Any) -> None:
    assert run(orders, "UPDATE orders SET note = 'new' SET n = 1 WHERE pk = 'a' AND sk = 0")["Items"] == []
    item = orders.get_item(TableName="orders", Key={"pk": {"S": "a"}, "sk": {"N": "0"}})["Item"]
    assert (item["note"], item["n"], item["kind"]) == ({"S": "new"}, {"N": "1"}, {"S": "even"})
    assert refusal(orders.execute_statement, Statement="UPDATE orders SET n = 1 WHERE pk = 'a' AND sk = 99") == FAILED
    assert "Item" not in orders.get_item(TableName="orders", Key={"pk": {"S": "a"}, "sk": {"N": "99"}})


def test_update_asks_for_whatever_else_its_condition_says(orders: Any) -> None:
    run(orders, "UPDATE orders SET note = 'new' WHERE pk = 'a' AND sk = 0 AND rank > 5")
    failing = "UPDATE orders SET note = 'newer' WHERE pk = 'a' AND sk = 0 AND rank < 5"
    assert refusal(orders.execute_statement, Statement=failing) == FAILED
    assert rows(orders, "SELECT note FROM orders WHERE pk = 'a' AND sk = 0") == ["new"]


def test_a_failed_condition_shows_the_item_when_asked(orders: Any) -> None:
    call, statement = orders.execute_statement, "UPDATE orders SET n = 1 WHERE pk = 'c' AND sk = 0 AND rank = 0"
    for wants, expected in (("ALL_OLD", "c0"), ("NONE", None)):
        with pytest.raises(orders.exceptions.ConditionalCheckFailedException) as refused:
            call(Statement=statement, ReturnValuesOnConditionCheckFailure=wants)
        item = refused.value.response.get("Item")
        assert (item["note"]["S"] if item else None) == expected


@pytest.mark.parametrize(
    ("returning", "expected"),
    [
        ("", []),
        ("RETURNING ALL OLD *",
         [{"pk": {"S": "x"}, "sk": {"N": "0"}, "n": {"N": "1"}, "m": {"M": {"a": {"S": "old"}, "b": {"S": "b"}}}}]),
        ("RETURNING MODIFIED OLD *", [{"n": {"N": "1"}, "m": {"M": {"a": {"S": "old"}}}}]),
        ("RETURNING ALL NEW *",
         [{"pk": {"S": "x"}, "sk": {"N": "0"}, "n": {"N": "2"}, "m": {"M": {"a": {"S": "new"}, "b": {"S": "b"}}}}]),
        ("returning modified new *", [{"n": {"N": "2"}, "m": {"M": {"a": {"S": "new"}}}}]),
    ],
)  # fmt: skip
def test_update_returns_what_it_is_asked_to(orders: Any, returning: str, expected: list[Any]) -> None:
    run(orders, "INSERT INTO orders VALUE {'pk': 'x', 'sk': 0, 'n': 1, 'm': {'a': 'old', 'b': 'b'}}")
    changes = "SET n = n + 1 SET m.a = 'new'"
    reply = run(orders, f"UPDATE orders {changes} WHERE pk = 'x' AND sk = 0 {returning}")
    assert reply["Items"] == expected


def test_update_returns_nothing_when_nothing_is_left_to_return(orders: Any) -> None:
    where = "WHERE pk = 'a' AND sk = 0"
    assert run(orders, f"UPDATE orders REMOVE note {where} RETURNING MODIFIED NEW *")["Items"] == []
    assert run(orders, f"UPDATE orders SET fresh = 1 {where} RETURNING MODIFIED OLD *")["Items"] == []


def test_update_computes_with_what_is_there(dynamodb: Any) -> None:
    make_table(dynamodb, "types")
    run(dynamodb, "INSERT INTO types VALUE {'pk': '1', 'n': 1, 'm': {'a': 1}, 'l': [1, 'x'], "
                  "'ns': <<1, 34>>, 'ss': <<'s'>>}")  # fmt: skip
    run(dynamodb, "UPDATE types SET n = n + 100 SET m.new = [2020, 'x'] SET l = LIST_APPEND(l, [4, <<'s', 't'>>]) "
                  "SET ns = SET_ADD(ns, <<345, 48.4>>) SET ss = SET_ADD(ss, <<'t'>>) WHERE pk = '1'")  # fmt: skip
    run(dynamodb, "UPDATE types SET n = n - 1 REMOVE l[0] REMOVE m.a SET ns = SET_DELETE(ns, <<345>>) WHERE pk = '1'")
    item = dynamodb.get_item(TableName="types", Key={"pk": {"S": "1"}})["Item"]
    assert item["n"] == {"N": "100"}
    assert item["m"] == {"M": {"new": {"L": [{"N": "2020"}, {"S": "x"}]}}}
    assert [next(iter(member)) for member in item["l"]["L"]] == ["S", "N", "SS"]
    assert sorted(item["ns"]["NS"]) == ["1", "34", "48.4"]
    assert sorted(item["ss"]["SS"]) == ["s", "t"]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE orders SET n = 1", NO_KEY),
        ("UPDATE orders SET n = 1 WHERE pk = 'a'", NO_KEY),
        ("UPDATE orders SET n = 1 WHERE pk = 'a' AND sk > 1", NO_KEY),
        ("UPDATE orders SET n = 1 WHERE pk = 'a' OR sk = 1", NO_KEY),
        ("DELETE FROM orders", NO_KEY),
        ("DELETE FROM orders WHERE note = 'a1'", NO_KEY),
        ("DELETE FROM orders WHERE pk = 'a' AND sk IN [1]", NO_KEY),
        ("DELETE FROM orders WHERE pk = 'a' AND sk = 'x'", "The provided key element does not match the schema"),
        ("UPDATE orders SET sk = 2 WHERE pk = 'a' AND sk = 1",
         "One or more parameter values were invalid: Cannot update attribute sk. This attribute is part of the key"),
        ("UPDATE orders REMOVE pk WHERE pk = 'a' AND sk = 1",
         "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key"),
        ("UPDATE orders SET n = absent + 1 WHERE pk = 'a' AND sk = 1",
         "The provided expression refers to an attribute that does not exist in the item"),
        ("UPDATE orders SET note = note + 1 WHERE pk = 'a' AND sk = 1",
         "An operand in the update expression has an incorrect data type"),
        ("UPDATE orders SET m.x.y = 1 WHERE pk = 'a' AND sk = 1",
         "The document path provided in the update expression is invalid for update"),
        ("UPDATE orders SET kind = 1 WHERE pk = 'a' AND sk = 1",
         "One or more parameter values were invalid: Type mismatch for Index Key kind Expected: S Actual: N "
         "IndexName: by-kind"),
        ("UPDATE orders SET l = list_append(l, 'x') WHERE pk = 'a' AND sk = 1",
         "Incorrect operand type for operator or function; operator or function: list_append, operand type: S"),
        ("DELETE FROM orders WHERE pk = 'a' AND sk = 1 RETURNING ALL NEW *",
         "RETURNING ALL NEW * is not supported in DELETE statements"),
    ],
)  # fmt: skip
def test_writes_are_refused_in_awss_words(orders: Any, statement: str, message: str) -> None:
    assert refusal(orders.execute_statement, Statement=statement) == ("ValidationException", message)


# DELETE.


def test_delete_removes_an_item_whether_it_is_there_or_not(orders: Any) -> None:
    statement = "DELETE FROM orders WHERE pk = 'a' AND sk = 0"
    assert run(orders, statement)["Items"] == []
    assert "Item" not in orders.get_item(TableName="orders", Key={"pk": {"S": "a"}, "sk": {"N": "0"}})
    assert run(orders, statement)["Items"] == []
    assert run(orders, statement + " AND note = 'x'")["Items"] == []


def test_delete_asks_for_whatever_else_its_condition_says(orders: Any) -> None:
    statement = "DELETE FROM orders WHERE pk = 'a' AND sk = 1 AND"
    assert refusal(orders.execute_statement, Statement=f"{statement} note = 'x'") == FAILED
    assert len(run(orders, "SELECT * FROM orders WHERE pk = 'a' AND sk = 1")["Items"]) == 1
    run(orders, f"{statement} note = 'a1' AND rank IS NOT MISSING")
    assert run(orders, "SELECT * FROM orders WHERE pk = 'a' AND sk = 1")["Items"] == []


def test_delete_returns_the_old_item_when_asked(orders: Any) -> None:
    statement = "DELETE FROM orders WHERE pk = 'b' AND sk = 1 RETURNING ALL OLD *"
    assert rows(orders, statement) == ["b1"]
    assert run(orders, statement)["Items"] == []


# Consequences.


def test_writes_cost_what_they_cost_on_their_own(orders: Any) -> None:
    statement = "UPDATE orders SET kind = 'odd' WHERE pk = 'a' AND sk = 1"
    assert run(orders, statement, ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"] == {
        "TableName": "orders",
        "CapacityUnits": 3.0,
        "Table": {"CapacityUnits": 1.0},
        "GlobalSecondaryIndexes": {"by-kind": {"CapacityUnits": 1.0}, "keys": {"CapacityUnits": 1.0}},
    }
    statement = "DELETE FROM orders WHERE pk = 'x' AND sk = 1"
    assert run(orders, statement, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"] == {
        "TableName": "orders", "CapacityUnits": 1.0,
    }  # fmt: skip


def test_writes_keep_indexes_and_streams(dynamodb: Any, streams: Any) -> None:
    make_table(
        dynamodb,
        "things",
        attributes={"kind": "S"},
        GlobalSecondaryIndexes=[index("by-kind", "kind")],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    run(dynamodb, "INSERT INTO things VALUE {'pk': 'a', 'kind': 'x'}")
    run(dynamodb, "UPDATE things SET kind = 'y' WHERE pk = 'a'")
    run(dynamodb, "UPDATE things SET kind = 'y' WHERE pk = 'a'")
    by_index = 'SELECT pk FROM "things"."by-kind" WHERE kind = ?'
    assert run(dynamodb, by_index, {"S": "x"})["Items"] == []
    assert run(dynamodb, by_index, {"S": "y"})["Items"] == [{"pk": {"S": "a"}}]
    run(dynamodb, "DELETE FROM things WHERE pk = 'a'")
    run(dynamodb, "DELETE FROM things WHERE pk = 'a'")
    arn = dynamodb.describe_table(TableName="things")["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    start = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = streams.get_records(ShardIterator=start["ShardIterator"])["Records"]
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]


def test_an_index_with_a_key_of_several_attributes_is_queried(dynamodb: Any) -> None:
    wanted = {
        "IndexName": "multi",
        "KeySchema": [
            {"AttributeName": "h1", "KeyType": "HASH"},
            {"AttributeName": "h2", "KeyType": "HASH"},
            {"AttributeName": "r1", "KeyType": "RANGE"},
            {"AttributeName": "r2", "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "ALL"},
    }
    types = {"h1": "S", "h2": "N", "r1": "S", "r2": "N"}
    make_table(dynamodb, "things", attributes=types, GlobalSecondaryIndexes=[wanted])
    for at in range(8):
        run(dynamodb, "INSERT INTO things VALUE {'pk': ?, 'note': ?, 'h1': 'h', 'h2': ?, 'r1': ?, 'r2': ?}",
            {"S": str(at)}, {"S": str(at)}, {"N": str(at % 2)}, {"S": "xy"[at // 4]}, {"N": str(at)})  # fmt: skip
    select = 'SELECT * FROM "things"."multi" WHERE h1 = \'h\''
    assert rows(dynamodb, f"{select} AND h2 = 0") == ["0", "2", "4", "6"]
    assert rows(dynamodb, f"{select} AND h2 = 0 AND r1 = 'y' AND r2 > 4") == ["6"]
    assert rows(dynamodb, f"{select} AND h2 = 0 AND r2 > 2 ORDER BY r1 DESC, r2 DESC") == ["6", "4"]
    assert rows(dynamodb, f"{select} AND h2 IN [1, 0] AND r1 >= 'y'") == ["5", "7", "4", "6"]
    assert sorted(rows(dynamodb, select)) == [str(at) for at in range(8)]
    assert pages(dynamodb, f"{select} AND h2 = 1", Limit=3) == [["1", "3", "5"], ["7"]]
