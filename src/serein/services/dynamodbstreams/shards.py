"""A stream's shards as DynamoDB describes them, and as DynamoDB Streams does."""

from typing import Any

from serein.services.dynamodbstreams.errors import ResourceNotFoundException, ValidationException

Shard = dict[str, Any]
"""`ShardId`, `Parent`, `Start`, `Last` and `IsClosed`: see DynamoDB's DescribeTableStream."""


def number_after(sequence_number: str) -> str:
    """The sequence number that follows another."""
    return str(int(sequence_number) + 1)


def number_before(sequence_number: str) -> str:
    """The sequence number just before another."""
    return str(int(sequence_number) - 1)


def described(shard: Shard) -> dict[str, Any]:
    """A shard in AWS's form. An open one has no last number."""
    first = number_after(shard["Start"])
    numbers = {"StartingSequenceNumber": first}
    if shard["IsClosed"]:
        numbers["EndingSequenceNumber"] = max(first, shard["Last"])
    found: dict[str, Any] = {"ShardId": shard["ShardId"], "SequenceNumberRange": numbers}
    if shard["Parent"]:
        found["ParentShardId"] = shard["Parent"]
    return found


def require_shard(shards: list[Shard], stream_arn: str, shard_id: str) -> Shard:
    """The shard with a name. Raises ResourceNotFoundException."""
    for shard in shards:
        if shard["ShardId"] == shard_id:
            return shard
    raise ResourceNotFoundException(
        f"Requested resource not found: Shard does not exist: {shard_id} of stream {stream_arn}"
    )


def page_of(shards: list[Shard], after: str, limit: int) -> list[Shard]:
    """Up to `limit` shards whose names come after one; names are in the order in which shards were opened.

    Why by comparison: the shard that a page ended with may be gone when the next is asked for.
    """
    return [shard for shard in shards if shard["ShardId"] > after][:limit]


def children_in(shards: list[Shard], shard_filter: dict[str, str]) -> list[Shard]:
    """The shards that a filter selects. Raises ValidationException when it says too little."""
    if "Type" not in shard_filter or "ShardId" not in shard_filter:
        raise ValidationException("ShardFilter: Type and ShardId must both be specified")
    return [shard for shard in shards if shard["Parent"] == shard_filter["ShardId"]]
