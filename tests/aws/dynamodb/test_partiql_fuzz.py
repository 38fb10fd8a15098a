"""Statements made up from the grammar: whatever they say, they are done or refused, and never an internal failure."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.aws.dynamodb.conftest import index, make_table

PATHS = st.sampled_from(
    [
        "pk",
        "sk",
        "n",
        "s",
        "b",
        "l",
        "m",
        "ss",
        "ns",
        "m.a",
        "l[0]",
        "l[1].x",
        "m.a.b",
        "kind",
        '"#x"',
        "absent",
        "pk.x",
    ]
)
NUMBERS = st.sampled_from(["0", "1", "-1", "2.50", "1e3", "1e125", "1e126", "12345678901234567890123456789012345678"])
LITERALS = st.recursive(
    st.sampled_from(["'a'", "'b'", "''", "'é'", "TRUE", "NULL", "?", "<<1, 2>>", "<<'a'>>", "<<?>>", "<<>>"]) | NUMBERS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]")
        | inner.map(lambda part: f"{{'x': {part}}}")
    ),
    max_leaves=4,
)
OPERANDS = PATHS | LITERALS | PATHS.map("size({})".format)
SIGNS = st.sampled_from(["=", "=", "<>", "!=", "<", "<=", ">", ">="])
KEYS = st.sampled_from(
    ["pk = 'a' AND sk = 1", "pk = 'a'", "sk = 1 AND pk = 'b'", "pk IN ['a', 'b', 'zz']", "kind = 'k'"]
)
PARAMETERS: list[Any] = [
    {"S": "a"}, {"S": ""}, {"N": "1"}, {"N": "x"}, {"B": b"\x00"}, {"BOOL": False}, {"NULL": True}, {"SS": ["a", "a"]},
    {"NS": ["1"]}, {"L": [{"S": "a"}]}, {"M": {"pk": {"S": "q"}, "sk": {"N": "1"}}}, {"M": {}}, {},
]  # fmt: skip


def simple() -> SearchStrategy[str]:
    return st.one_of(
        KEYS,
        st.tuples(OPERANDS, SIGNS, OPERANDS).map(" ".join),
        st.tuples(PATHS, st.sampled_from(["IS MISSING", "IS NOT NULL", "IS STRING"])).map(" ".join),
        st.tuples(OPERANDS, OPERANDS, OPERANDS).map(lambda parts: "{} BETWEEN {} AND {}".format(*parts)),
        st.tuples(OPERANDS, st.lists(OPERANDS, min_size=1, max_size=3)).map(
            lambda parts: f"{parts[0]} IN ({', '.join(parts[1])})"
        ),
        st.tuples(st.sampled_from(["begins_with", "contains", "attribute_type"]), OPERANDS, OPERANDS).map(
            lambda parts: "{}({}, {})".format(*parts)
        ),
    )


CONDITIONS = st.recursive(
    simple(),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(" ".join),
        inner.map("({})".format),
        inner.map("NOT {}".format),
    ),
    max_leaves=5,
)
VALUES = st.one_of(
    OPERANDS,
    st.tuples(OPERANDS, st.sampled_from(["+", "-"]), OPERANDS).map(" ".join),
    st.tuples(PATHS, LITERALS).map(lambda parts: "list_append({}, {})".format(*parts)),
    st.tuples(PATHS, LITERALS).map(lambda parts: "set_add({}, {})".format(*parts)),
    st.tuples(PATHS, LITERALS).map(lambda parts: "set_delete({}, {})".format(*parts)),
)
CHANGES = st.lists(
    st.tuples(PATHS, VALUES).map(lambda parts: "SET {} = {}".format(*parts)) | PATHS.map("REMOVE {}".format),
    min_size=1,
    max_size=3,
).map(" ".join)
SOURCES = st.sampled_from(["fuzz", '"fuzz"."by-kind"', '"fuzz"."by-n"', '"fuzz"."absent"', "nothing"])
ORDERS = st.sampled_from(["", "", "", " ORDER BY sk DESC", " ORDER BY pk, sk", " ORDER BY n"])
RETURNING = st.sampled_from(["", " RETURNING ALL OLD *", " RETURNING MODIFIED NEW *"])
COLUMNS = st.just("*") | st.lists(PATHS, min_size=1, max_size=3).map(", ".join)
STATEMENTS = st.one_of(
    st.tuples(COLUMNS, SOURCES, CONDITIONS, ORDERS).map(lambda parts: "SELECT {} FROM {} WHERE {}{}".format(*parts)),
    st.tuples(COLUMNS, SOURCES).map(lambda parts: "SELECT {} FROM {}".format(*parts)),
    st.tuples(CHANGES, KEYS, CONDITIONS, RETURNING).map(
        lambda parts: "UPDATE fuzz {} WHERE {} AND ({}){}".format(*parts)
    ),
    st.tuples(CHANGES, RETURNING).map(lambda parts: f"UPDATE fuzz {parts[0]} WHERE pk = 'a' AND sk = 1{parts[1]}"),
    st.tuples(KEYS, CONDITIONS).map(lambda parts: "DELETE FROM fuzz WHERE {} AND ({})".format(*parts)),
    st.tuples(LITERALS, LITERALS, LITERALS).map(
        lambda parts: "INSERT INTO fuzz VALUE {{'pk': {}, 'sk': {}, 'n': {}}}".format(*parts)
    ),
    CONDITIONS.map(lambda condition: f"EXISTS(SELECT * FROM fuzz WHERE pk = 'a' AND sk = 1 AND ({condition}))"),
)


def fill(client: Any) -> None:
    """Make the table that the statements are about, once."""
    if "fuzz" in client.list_tables()["TableNames"]:
        return
    make_table(
        client, "fuzz", "pk:S", "sk:N", attributes={"kind": "S", "n": "N"},
        GlobalSecondaryIndexes=[index("by-kind", "kind", "n", "KEYS_ONLY")],
        LocalSecondaryIndexes=[index("by-n", "pk", "n")],
    )  # fmt: skip
    item = {
        "pk": {"S": "a"}, "sk": {"N": "1"}, "n": {"N": "2"}, "s": {"S": "b"}, "b": {"B": b"x"}, "kind": {"S": "k"},
        "l": {"L": [{"N": "1"}, {"M": {"x": {"S": "a"}}}]}, "m": {"M": {"a": {"M": {"b": {"N": "1"}}}}},
        "ss": {"SS": ["a", "b"]}, "ns": {"NS": ["1", "2"]}, "#x": {"S": "a"},
    }  # fmt: skip
    for pk in ("a", "b", "zz"):
        for sk in ("1", "2", "-1"):
            client.put_item(TableName="fuzz", Item={**item, "pk": {"S": pk}, "sk": {"N": sk}, "n": {"N": sk}})


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(STATEMENTS, st.lists(st.sampled_from(PARAMETERS), max_size=3)), min_size=1, max_size=3))
def test_no_statement_is_an_internal_failure(dynamodb: Any, given_statements: list[tuple[str, list[Any]]]) -> None:
    client = dynamodb
    fill(client)
    statements = []
    for text, some in given_statements:
        wanted = text.count("?")
        parameters = (some * wanted)[:wanted] if some else []
        statements.append({"Statement": text, **({"Parameters": parameters} if parameters else {})})
    for call, request in (
        (client.execute_statement, {**statements[0], "Limit": 2, "ReturnConsumedCapacity": "INDEXES"}),
        (client.batch_execute_statement, {"Statements": statements, "ReturnConsumedCapacity": "INDEXES"}),
        (client.execute_transaction, {"TransactStatements": statements, "ReturnConsumedCapacity": "INDEXES"}),
    ):
        try:
            reply = call(**request)
        except client.exceptions.ClientError as refused:
            assert refused.response["ResponseMetadata"]["HTTPStatusCode"] == 400, json.dumps(statements, default=str)
        else:
            errors = [response.get("Error", {}).get("Code") for response in reply.get("Responses", ())]
            assert "InternalServerError" not in errors, json.dumps(statements, default=str)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["fuzz", '"fuzz"."by-kind"', '"fuzz"."by-n"']), CONDITIONS.filter(lambda text: "?" not in text))
def test_queries_find_what_scans_find(dynamodb: Any, source: str, condition: str) -> None:
    fill(dynamodb)
    found = []
    for where in (condition, f"({condition}) OR absent = 'never'"):
        try:
            items = dynamodb.execute_statement(Statement=f"SELECT * FROM {source} WHERE {where}")["Items"]
        except dynamodb.exceptions.ClientError:
            return
        found.append(sorted((item["pk"]["S"], item["sk"]["N"]) for item in items))
    assert found[0] == found[1], condition
