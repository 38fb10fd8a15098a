"""BatchExecuteStatement and ExecuteTransaction: several PartiQL statements, each on its own or all as one."""

from typing import Any

import pytest

from tests.aws.dynamodb.conftest import index, make_table, refusal

TOKEN = "a-token-of-the-client"
MALFORMED = "Statement wasn't well formed, can't be processed: Expected data manipulation"


@pytest.fixture
def things(dynamodb: Any) -> Any:
    """Tables `things` (with items a, b and c) and `pairs` (with a sort key and one item)."""
    make_table(dynamodb, "things", attributes={"kind": "S"}, GlobalSecondaryIndexes=[index("by-kind", "kind")])
    make_table(dynamodb, "pairs", "pk:S", "sk:N")
    for at, pk in enumerate("abc"):
        dynamodb.put_item(TableName="things", Item={"pk": {"S": pk}, "n": {"N": str(at)}})
    dynamodb.put_item(TableName="pairs", Item={"pk": {"S": "p"}, "sk": {"N": "1"}, "n": {"N": "7"}})
    return dynamodb


def batch(client: Any, *statements: str | dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    given = [{"Statement": one} if isinstance(one, str) else one for one in statements]
    responses: list[dict[str, Any]] = client.batch_execute_statement(Statements=given, **options)["Responses"]
    return responses


def transaction(client: Any, *statements: str | dict[str, Any], **options: Any) -> dict[str, Any]:
    given = [{"Statement": one} if isinstance(one, str) else one for one in statements]
    reply: dict[str, Any] = client.execute_transaction(TransactStatements=given, **options)
    return reply


def reasons(client: Any, *statements: str | dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """The message and the reasons of a transaction's cancellation."""
    with pytest.raises(client.exceptions.TransactionCanceledException) as refused:
        transaction(client, *statements)
    return refused.value.response["Error"]["Message"], refused.value.response["CancellationReasons"]


def stored(client: Any, pk: str) -> dict[str, Any] | None:
    item: dict[str, Any] | None = client.get_item(TableName="things", Key={"pk": {"S": pk}}).get("Item")
    return item


def select(pk: str) -> str:
    return f"SELECT * FROM things WHERE pk = '{pk}'"


# BatchExecuteStatement.


def test_a_batch_of_reads_answers_each_in_order(things: Any) -> None:
    assert batch(
        things,
        select("b"),
        {"Statement": "SELECT n FROM things WHERE pk = ?", "Parameters": [{"S": "a"}], "ConsistentRead": True},
        "SELECT * FROM pairs WHERE sk = 1 AND pk = 'p' AND n = 7",
        "SELECT * FROM pairs WHERE sk = 2 AND pk = 'p'",
        "SELECT * FROM things WHERE pk = 'c' AND n = 99",
    ) == [
        {"TableName": "things", "Item": {"pk": {"S": "b"}, "n": {"N": "1"}}},
        {"TableName": "things", "Item": {"n": {"N": "0"}}},
        {"TableName": "pairs", "Item": {"pk": {"S": "p"}, "sk": {"N": "1"}, "n": {"N": "7"}}},
        {"TableName": "pairs"},
        {"TableName": "things"},
    ]


def test_a_batch_of_writes_does_each_on_its_own(things: Any) -> None:
    assert batch(
        things,
        "INSERT INTO things VALUE {'pk': 'new', 'n': 1}",
        "UPDATE things SET n = n + 10 WHERE pk = 'a'",
        "INSERT INTO things VALUE {'pk': 'b'}",
        "DELETE FROM things WHERE pk = 'c'",
    ) == [
        {"TableName": "things"},
        {"TableName": "things"},
        {"Error": {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}, "TableName": "things"},
        {"TableName": "things"},
    ]
    assert stored(things, "new") == {"pk": {"S": "new"}, "n": {"N": "1"}}
    assert stored(things, "a") == {"pk": {"S": "a"}, "n": {"N": "10"}}
    assert stored(things, "c") is None


def test_a_batch_returns_what_its_writes_return(things: Any) -> None:
    found = batch(
        things,
        "UPDATE things SET n = 5 WHERE pk = 'a' RETURNING MODIFIED NEW *",
        "DELETE FROM things WHERE pk = 'b' RETURNING ALL OLD *",
        "DELETE FROM things WHERE pk = 'x' RETURNING ALL OLD *",
        "DELETE FROM things WHERE pk = 'c' RETURNING ALL NEW *",
    )
    assert [response.get("Item") for response in found] == [
        {"n": {"N": "5"}}, {"pk": {"S": "b"}, "n": {"N": "1"}}, None, None,
    ]  # fmt: skip
    assert found[3]["Error"]["Code"] == "ValidationError"


@pytest.mark.parametrize(
    ("statement", "code", "message", "has_table"),
    [
        ("SLECT * FROM things", "ValidationError", MALFORMED, False),
        ("SELECT * FROM nothing WHERE pk = 'a'", "ResourceNotFound", "Requested resource not found", True),
        ("SELECT * FROM things", "ValidationError",
         "Select statements within BatchExecuteStatement must specify the primary key in the where clause.", True),
        ("SELECT * FROM pairs WHERE pk = 'p'", "ValidationError",
         "Select statements within BatchExecuteStatement must specify the primary key in the where clause.", True),
        ("SELECT * FROM things WHERE pk IN ['a', 'b']", "ValidationError",
         "Select statements within BatchExecuteStatement must specify the primary key in the where clause.", True),
        ("SELECT * FROM \"things\".\"by-kind\" WHERE kind = 'x'", "ValidationError",
         "Select statements within BatchExecuteStatement must specify the primary key in the where clause.", True),
        ("SELECT * FROM things WHERE pk = 1", "ValidationError",
         "The provided key element does not match the schema", True),
        ("SELECT * FROM things WHERE pk = ?", "ValidationError",
         "Number of parameters in request and statement don't match.", False),
        ("EXISTS(SELECT * FROM things WHERE pk = 'a')", "ValidationError",
         "EXISTS can only be used in ExecuteTransaction", False),
    ],
)  # fmt: skip
def test_a_read_that_fails_fails_alone(things: Any, statement: str, code: str, message: str, has_table: bool) -> None:
    failed, other = batch(things, statement, select("c"))
    assert failed["Error"] == {"Code": code, "Message": message}
    assert ("TableName" in failed) is has_table
    assert other["Item"]["pk"] == {"S": "c"}


@pytest.mark.parametrize(
    ("statement", "code", "message"),
    [
        ("UPDATE things SET n = 1 WHERE pk = 'x'", "ConditionalCheckFailed", "The conditional request failed"),
        ("DELETE FROM things WHERE pk = 'a' AND n = 9", "ConditionalCheckFailed", "The conditional request failed"),
        ("INSERT INTO nothing VALUE {'pk': 'a'}", "ResourceNotFound", "Requested resource not found"),
        ("INSERT INTO things VALUE {'n': 1}", "ValidationError",
         "One or more parameter values were invalid: Missing the key pk in the item"),
        ("UPDATE things SET n = 1 WHERE n = 1", "ValidationError",
         "Where clause does not contain a mandatory equality on all key attributes"),
    ],
)  # fmt: skip
def test_a_write_that_fails_fails_alone(things: Any, statement: str, code: str, message: str) -> None:
    failed, _ = batch(things, statement, "INSERT INTO things VALUE {'pk': 'other'}")
    assert failed["Error"] == {"Code": code, "Message": message}
    assert failed["TableName"] in ("things", "nothing")
    assert stored(things, "other") is not None


def test_a_failed_condition_in_a_batch_shows_the_item_when_asked(things: Any) -> None:
    statement = "UPDATE things SET n = 1 WHERE pk = ? AND n = 9"
    shown, hidden = batch(
        things,
        {"Statement": statement, "Parameters": [{"S": "a"}], "ReturnValuesOnConditionCheckFailure": "ALL_OLD"},
        {"Statement": statement, "Parameters": [{"S": "b"}], "ReturnValuesOnConditionCheckFailure": "NONE"},
    )
    assert shown["Error"]["Item"] == {"pk": {"S": "a"}, "n": {"N": "0"}}
    assert "Item" not in hidden["Error"]


def test_a_batch_either_reads_or_writes_and_no_item_twice(things: Any) -> None:
    def refused(*statements: str) -> tuple[str, str]:
        given = [{"Statement": statement} for statement in statements]
        return refusal(things.batch_execute_statement, Statements=given)

    insert, update = "INSERT INTO things VALUE {'pk': 'new'}", "UPDATE things SET n = 9 WHERE pk = 'a'"
    assert refused(select("b"), update)[0] == "ValidationException"
    twice = ("ValidationException", "Provided list of item keys contains duplicates")
    assert refused(select("a"), select("b"), select("a")) == twice
    assert refused(insert, update, "DELETE FROM things WHERE pk = 'a'") == twice
    assert stored(things, "new") is None


def test_a_batch_has_1_to_25_statements(things: Any) -> None:
    call = things.batch_execute_statement
    code, message = refusal(call, Statements=[])
    assert code == "ValidationException"
    assert "'statements' failed to satisfy constraint: Member must have length greater than or equal to 1" in message
    code, message = refusal(call, Statements=[{"Statement": select(str(at))} for at in range(26)])
    assert code == "ValidationException"
    assert "length less than or equal to 25" in message
    assert refusal(call)[0] == refusal(call, Statements=[{}])[0] == "ValidationException"
    assert len(batch(things, *[select(str(at)) for at in range(25)])) == 25


def test_a_batch_tells_what_it_cost(things: Any) -> None:
    given = [{"Statement": select("a")}, {"Statement": select("b"), "ConsistentRead": True}]
    reply = things.batch_execute_statement(Statements=given, ReturnConsumedCapacity="TOTAL")
    assert reply["ConsumedCapacity"] == [{"TableName": "things", "CapacityUnits": 1.5}]
    given = [{"Statement": "UPDATE things SET kind = 'x' WHERE pk = 'a'"}]
    reply = things.batch_execute_statement(Statements=given, ReturnConsumedCapacity="INDEXES")
    assert reply["ConsumedCapacity"] == [
        {
            "TableName": "things",
            "CapacityUnits": 2.0,
            "Table": {"CapacityUnits": 1.0},
            "GlobalSecondaryIndexes": {"by-kind": {"CapacityUnits": 1.0}},
        }
    ]
    given = [{"Statement": select("a")}]
    assert "ConsumedCapacity" not in things.batch_execute_statement(Statements=given)


# ExecuteTransaction.


def test_a_transaction_of_writes_does_all(things: Any) -> None:
    transaction(
        things,
        {"Statement": "INSERT INTO things VALUE {'pk': ?, 'n': 1}", "Parameters": [{"S": "new"}]},
        "UPDATE things SET n = n + 10 WHERE pk = 'a'",
        "DELETE FROM things WHERE pk = 'b'",
        "EXISTS(SELECT * FROM pairs WHERE pk = 'p' AND sk = 1 AND n > 5)",
    )
    assert stored(things, "new") is not None
    assert stored(things, "a") == {"pk": {"S": "a"}, "n": {"N": "10"}}
    assert stored(things, "b") is None


def test_a_transaction_of_reads_answers_each_in_order(things: Any) -> None:
    assert transaction(
        things,
        select("b"),
        select("x"),
        {"Statement": "SELECT n FROM pairs WHERE pk = ? AND sk = ?", "Parameters": [{"S": "p"}, {"N": "1"}]},
        "SELECT * FROM things WHERE pk = 'a' AND n = 99",
    )["Responses"] == [{"Item": {"pk": {"S": "b"}, "n": {"N": "1"}}}, {}, {"Item": {"n": {"N": "7"}}}, {}]


def test_a_transaction_that_fails_does_nothing_and_says_why_in_order(things: Any) -> None:
    message, why = reasons(
        things,
        "INSERT INTO things VALUE {'pk': 'new'}",
        "INSERT INTO things VALUE {'pk': 'a'}",
        "UPDATE things SET n = 1 WHERE pk = 'x'",
        {
            "Statement": "DELETE FROM things WHERE pk = 'b' AND n = 9",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        },
        "EXISTS(SELECT * FROM things WHERE pk = 'c' AND n = 9)",
        "EXISTS(SELECT * FROM pairs WHERE pk = 'p' AND sk = 1)",
        "DELETE FROM things WHERE pk = 'nobody' AND n = 9",
    )
    failed = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
    assert why == [
        {"Code": "None"},
        {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"},
        failed,
        {**failed, "Item": {"pk": {"S": "b"}, "n": {"N": "1"}}},
        failed,
        {"Code": "None"},
        {"Code": "None"},
    ]
    assert message == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        "[None, DuplicateItem, ConditionalCheckFailed, ConditionalCheckFailed, ConditionalCheckFailed, None, None]"
    )
    assert stored(things, "new") is None


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE pairs SET n = 1 WHERE pk = 'p'",
         "Where clause does not contain a mandatory equality on all key attributes"),
        ("DELETE FROM things WHERE pk = 1", "The provided key element does not match the schema"),
        ("INSERT INTO things VALUE {'n': 1}",
         "One or more parameter values were invalid: Missing the key pk in the item"),
        ("UPDATE things SET pk = 'z' WHERE pk = 'c'",
         "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key"),
        ("UPDATE things SET n = absent + 1 WHERE pk = 'c'",
         "The provided expression refers to an attribute that does not exist in the item"),
    ],
)  # fmt: skip
def test_a_statement_that_does_not_fit_cancels_the_transaction(things: Any, statement: str, message: str) -> None:
    _, why = reasons(things, "DELETE FROM things WHERE pk = 'a'", statement)
    assert why == [{"Code": "None"}, {"Code": "ValidationError", "Message": message}]
    assert stored(things, "a") is not None


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("SELECT * FROM pairs WHERE pk = 'p'",
         "Select statements within ExecuteTransaction must specify the primary key in the where clause."),
        ("SELECT * FROM \"things\".\"by-kind\" WHERE kind = 'x'",
         "Reads on indices are not supported within transactions."),
    ],
)  # fmt: skip
def test_a_read_of_more_than_one_item_cancels_the_transaction(things: Any, statement: str, message: str) -> None:
    _, why = reasons(things, statement, select("a"))
    assert why == [{"Code": "ValidationError", "Message": message}, {"Code": "None"}]


def test_what_is_wrong_with_a_transaction_as_a_whole_is_refused(things: Any) -> None:
    def refused(*statements: str, **options: Any) -> tuple[str, str]:
        given = [{"Statement": statement} for statement in statements]
        return refusal(things.execute_transaction, TransactStatements=given, **options)

    insert, update = "INSERT INTO things VALUE {'pk': 'new'}", "UPDATE things SET n = 9 WHERE pk = 'a'"
    twice = ("ValidationException", "Transaction request cannot include multiple operations on one item")
    assert refused(insert, "SLECT") == ("ValidationException", MALFORMED)
    assert refused(insert, select("a"))[0] == "ValidationException"
    assert refused(insert, update, "EXISTS(SELECT * FROM things WHERE pk = 'a')") == twice
    assert refused(select("a"), select("a")) == twice
    assert refused(insert, update + " RETURNING ALL NEW *")[0] == "ValidationException"
    assert refused(insert, "DELETE FROM nothing WHERE pk = 'a'")[0] == "ResourceNotFoundException"
    assert refused(select("a"), "SELECT * FROM nothing WHERE pk = 'a'")[0] == "ResourceNotFoundException"
    assert refused("SELECT * FROM things WHERE pk = ?") == (
        "ValidationException", "Number of parameters in request and statement don't match.",
    )  # fmt: skip
    assert stored(things, "new") is None


def test_a_transaction_has_1_to_100_statements_and_4_mb(things: Any) -> None:
    call = things.execute_transaction
    code, message = refusal(call, TransactStatements=[])
    assert code == "ValidationException"
    assert "'transactStatements' failed to satisfy constraint" in message
    code, message = refusal(call, TransactStatements=[{"Statement": select(str(at))} for at in range(101)])
    assert code == "ValidationException"
    assert "length less than or equal to 100" in message
    assert refusal(call, TransactStatements=[{"Statement": select("a")}], ClientRequestToken="x" * 37)[0] == code
    large = [
        {
            "Statement": "INSERT INTO things VALUE {'pk': ?, 'body': ?}",
            "Parameters": [{"S": str(at)}, {"S": "x" * 390_000}],
        }
        for at in range(11)
    ]
    assert refusal(call, TransactStatements=large) == (
        "ValidationException", "Transaction request cannot exceed an aggregate size of 4 MB",
    )  # fmt: skip
    inserts = [f"INSERT INTO things VALUE {{'pk': 'many-{at}'}}" for at in range(100)]
    transaction(things, *inserts)
    assert stored(things, "many-99") is not None


def test_the_same_token_does_the_same_transaction_once(things: Any) -> None:
    update = "UPDATE things SET n = n + 1 WHERE pk = 'a'"
    for _ in range(2):
        transaction(things, update, ClientRequestToken=TOKEN)
    assert stored(things, "a") == {"pk": {"S": "a"}, "n": {"N": "1"}}
    other = [{"Statement": "UPDATE things SET n = n + 2 WHERE pk = 'a'"}]
    refused = refusal(things.execute_transaction, TransactStatements=other, ClientRequestToken=TOKEN)
    assert refused[0] == "IdempotentParameterMismatchException"
    assert stored(things, "a") == {"pk": {"S": "a"}, "n": {"N": "1"}}


def test_a_token_is_forgotten_after_ten_minutes(things: Any, aws: Any) -> None:
    update = "UPDATE things SET n = n + 1 WHERE pk = 'a'"
    transaction(things, update, ClientRequestToken=TOKEN)
    aws.advance(601)
    transaction(things, update, ClientRequestToken=TOKEN)
    assert stored(things, "a") == {"pk": {"S": "a"}, "n": {"N": "2"}}


def test_a_transaction_tells_what_it_cost(things: Any) -> None:
    reply = transaction(things, select("a"), select("b"), ReturnConsumedCapacity="TOTAL")
    assert reply["ConsumedCapacity"] == [{"TableName": "things", "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0}]
    update = "UPDATE things SET n = 8 WHERE pk = 'a'"
    for kind in ("WriteCapacityUnits", "ReadCapacityUnits"):
        reply = transaction(things, update, ReturnConsumedCapacity="TOTAL", ClientRequestToken=TOKEN)
        assert reply["ConsumedCapacity"] == [{"TableName": "things", "CapacityUnits": 2.0, kind: 2.0}]
    assert "ConsumedCapacity" not in transaction(things, select("a"))
