"""What the tests of vector indexes have in common."""

from typing import Any

from tests.aws.dynamodb.conftest import make_table


def vector(*numbers: float) -> list[dict[str, str]]:
    """A vector as searches are given it."""
    return [{"N": str(number)} for number in numbers]


def embedded(*numbers: float) -> dict[str, Any]:
    """A vector as items have it."""
    return {"L": vector(*numbers)}


def vector_index(name: str = "alike", *schema: str, **members: Any) -> dict[str, Any]:
    """An index of the attribute `embedding`; its search schema is written `name:HASH`."""
    wanted: dict[str, Any] = {
        "IndexName": name,
        "VectorAttribute": {"AttributeName": members.pop("attribute", "embedding")},
        "Projection": {"ProjectionType": "ALL"},
        "Dimensions": 2,
        "DistanceFunction": "COSINE",
        **members,
    }
    if schema:
        elements = [one.partition(":") for one in schema]
        wanted["SearchSchema"] = [{"AttributeName": one, "SearchSchemaElementType": kind} for one, _, kind in elements]
    return wanted


def make_vector_table(client: Any, name: str, *indexes: dict[str, Any], **options: Any) -> str:
    """Create a table with vector indexes. Returns its ARN."""
    return make_table(client, name, VectorIndexes=list(indexes or [vector_index()]), **options)


def put(client: Any, table: str, key: str, *numbers: float, **attributes: Any) -> None:
    """Put an item with a vector."""
    client.put_item(TableName=table, Item={"pk": {"S": key}, "embedding": embedded(*numbers), **attributes})


def search(client: Any, table: str, *numbers: float, count: int = 10, **options: Any) -> dict[str, Any]:
    """Search the index `alike`."""
    request = {"TableName": table, "IndexName": "alike", "SearchVector": vector(*numbers), "TopK": count, **options}
    reply: dict[str, Any] = client.search_vectors(**request)
    return reply


def keys(client: Any, table: str, *numbers: float, **options: Any) -> list[str]:
    """The keys of what a search finds, the best first."""
    return [found["Item"]["pk"]["S"] for found in search(client, table, *numbers, **options)["SearchResults"]]


def where(expression: str, **values: str) -> dict[str, Any]:
    """A search's condition, with strings for its values."""
    given = {f":{name}": {"S": value} for name, value in values.items()}
    return {"SearchConditionExpression": expression, "ExpressionAttributeValues": given}
