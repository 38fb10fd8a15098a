"""Shards: split, merged, scaled, listed and trimmed."""

from aws.kinesis.conftest import HALF, iterator, make_stream, put, read, refusal, shard_name, shards_of, summary_of

TOP = (1 << 128) - 1


def open_ranges(kinesis):
    return [
        (int(shard["HashKeyRange"]["StartingHashKey"]), int(shard["HashKeyRange"]["EndingHashKey"]))
        for shard in shards_of(kinesis, ShardFilter={"Type": "AT_LATEST"})
    ]


def test_a_split_shard_has_two_children(aws, kinesis):
    make_stream(kinesis)
    put(kinesis, b"before", 5)
    kinesis.split_shard(StreamName="s", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(HALF))
    parent, low, high = shards_of(kinesis)
    assert (
        parent["SequenceNumberRange"]["EndingSequenceNumber"] > parent["SequenceNumberRange"]["StartingSequenceNumber"]
    )
    assert (low["ParentShardId"], high["ParentShardId"]) == (shard_name(0), shard_name(0))
    assert "AdjacentParentShardId" not in low
    assert open_ranges(kinesis) == [(0, HALF - 1), (HALF, TOP)]
    put(kinesis, b"low", 5)
    put(kinesis, b"high", HALF)
    assert [read(kinesis, number=number) for number in range(3)] == [[b"before"], [b"low"], [b"high"]]
    assert summary_of(kinesis)["OpenShardCount"] == 2


def test_merged_shards_have_one_child(kinesis):
    make_stream(kinesis, "s", 3)
    kinesis.merge_shards(StreamName="s", ShardToMerge=shard_name(0), AdjacentShardToMerge=shard_name(1))
    merged = shards_of(kinesis)[-1]
    assert (merged["ParentShardId"], merged["AdjacentParentShardId"]) == (shard_name(0), shard_name(1))
    assert len(open_ranges(kinesis)) == 2


def test_what_cannot_be_split_is_refused(aws, kinesis):
    make_stream(kinesis, "s", 3)
    place = f"in stream s under account {aws.account}"
    split = {"StreamName": "s", "ShardToSplit": "shard-0"}
    end = "113427455640312821154458202477256070484"
    for key in ("0", "1", end, "999999999999999999999999999999999999999"):
        assert refusal(kinesis.split_shard, **split, NewStartingHashKey=key) == (
            "InvalidArgumentException",
            f"NewStartingHashKey {key} used in SplitShard() on shard {shard_name(0)} {place} is not both greater than "
            f"one plus the shard's StartingHashKey 0 and less than the shard's EndingHashKey {end}.",
        )
    for name, shown in (("shardId-5", shard_name(5)), ("ABKLFD8", "ABKLFD8"), ("2147483648", "2147483648")):
        asked = {"StreamName": "s", "ShardToSplit": name, "NewStartingHashKey": "5"}
        assert refusal(kinesis.split_shard, **asked) == (
            "ResourceNotFoundException",
            f"Could not find shard {shown} {place}.",
        )
    kinesis.split_shard(**split, NewStartingHashKey="2")
    assert refusal(kinesis.split_shard, **split, NewStartingHashKey="2")[0] == "InvalidArgumentException"
    assert refusal(kinesis.split_shard, **split, NewStartingHashKey="01")[0] == "ValidationException"


def test_what_cannot_be_merged_is_refused(aws, kinesis):
    make_stream(kinesis, "s", 3)
    place = f"in stream s under account {aws.account}"
    merge = {"StreamName": "s", "ShardToMerge": shard_name(0)}
    assert refusal(kinesis.merge_shards, **merge, AdjacentShardToMerge=shard_name(2)) == (
        "InvalidArgumentException",
        f"Shards {shard_name(0)} and {shard_name(2)} {place} are not an adjacent pair of shards eligible for merging",
    )
    assert refusal(kinesis.merge_shards, **merge, AdjacentShardToMerge=shard_name(0))[0] == "InvalidArgumentException"
    assert refusal(kinesis.merge_shards, **merge, AdjacentShardToMerge=shard_name(9)) == (
        "ResourceNotFoundException",
        f"Could not find shard {shard_name(9)} {place}.",
    )
    kinesis.merge_shards(**merge, AdjacentShardToMerge=shard_name(1))
    assert refusal(kinesis.merge_shards, **merge, AdjacentShardToMerge=shard_name(1))[0] == "InvalidArgumentException"


def test_scaling_comes_to_shards_of_equal_width(aws, kinesis):
    arn = make_stream(kinesis, "s", 2)
    reply = kinesis.update_shard_count(StreamName="s", TargetShardCount=4, ScalingType="UNIFORM_SCALING")
    assert (reply["CurrentShardCount"], reply["TargetShardCount"]) == (2, 4)
    assert (reply["StreamName"], reply["StreamARN"]) == ("s", arn)
    width = (1 << 128) // 4
    assert sorted(open_ranges(kinesis)) == [(width * n, width * (n + 1) - 1) for n in range(4)]
    kinesis.update_shard_count(StreamARN=arn, TargetShardCount=3, ScalingType="UNIFORM_SCALING")
    assert len(open_ranges(kinesis)) == 3


def test_scaling_has_limits(aws, kinesis):
    make_stream(kinesis, "s", 4)
    scale = {"StreamName": "s", "ScalingType": "UNIFORM_SCALING"}
    assert refusal(kinesis.update_shard_count, **scale, TargetShardCount=9) == (
        "LimitExceededException",
        "UpdateShardCount cannot scale up over double your current open shard count. "
        "Current open shard count: 4 Target shard count: 9",
    )
    assert refusal(kinesis.update_shard_count, **scale, TargetShardCount=1) == (
        "LimitExceededException",
        "UpdateShardCount cannot scale down below half your current open shard count. "
        "Current open shard count: 4 Target shard count: 1",
    )
    for turn in range(10):
        kinesis.update_shard_count(**scale, TargetShardCount=4 + turn % 2)
    assert refusal(kinesis.update_shard_count, **scale, TargetShardCount=4)[0] == "LimitExceededException"
    aws.advance(86_401)
    kinesis.update_shard_count(**scale, TargetShardCount=4)
    assert refusal(kinesis.update_shard_count, StreamName="s", TargetShardCount=4, ScalingType="x")[0] == (
        "ValidationException"
    )


def test_shards_are_listed_in_pages(kinesis):
    arn = make_stream(kinesis, "s", 5)
    page = kinesis.list_shards(StreamName="s", MaxResults=3)
    assert [shard["ShardId"] for shard in page["Shards"]] == [shard_name(n) for n in range(3)]
    rest = kinesis.list_shards(NextToken=page["NextToken"])
    assert [shard["ShardId"] for shard in rest["Shards"]] == [shard_name(3), shard_name(4)]
    assert "NextToken" not in rest
    after = kinesis.list_shards(StreamARN=arn, ExclusiveStartShardId=shard_name(3))
    assert [shard["ShardId"] for shard in after["Shards"]] == [shard_name(4)]
    created = summary_of(kinesis)["StreamCreationTimestamp"]
    assert len(shards_of(kinesis, StreamCreationTimestamp=created)) == 5
    assert refusal(kinesis.list_shards, StreamName="s", StreamCreationTimestamp=5)[0] == "ResourceNotFoundException"
    assert refusal(kinesis.list_shards) == (
        "InvalidArgumentException",
        "Either NextToken or StreamName should be provided.",
    )
    assert refusal(kinesis.list_shards, StreamName="s", NextToken=page["NextToken"]) == (
        "InvalidArgumentException",
        "NextToken and StreamName cannot be provided together.",
    )
    assert refusal(kinesis.list_shards, NextToken="x")[0] == "InvalidArgumentException"


def test_a_filter_says_which_shards_are_listed(aws, kinesis):
    make_stream(kinesis, "s", 2)
    aws.advance(100)
    kinesis.split_shard(StreamName="s", ShardToSplit="0", NewStartingHashKey="100")
    aws.advance(100)
    moment = summary_of(kinesis)["StreamCreationTimestamp"].timestamp()

    def numbers(**wanted):
        return [int(shard["ShardId"][-3:]) for shard in shards_of(kinesis, ShardFilter=wanted)]

    assert numbers(Type="FROM_TRIM_HORIZON") == [0, 1, 2, 3]
    assert numbers(Type="AT_TRIM_HORIZON") == [0, 1]
    assert numbers(Type="AT_LATEST") == [1, 2, 3]
    assert numbers(Type="AFTER_SHARD_ID", ShardId=shard_name(1)) == [2, 3]
    assert numbers(Type="AT_TIMESTAMP", Timestamp=moment + 50) == [0, 1]
    assert numbers(Type="AT_TIMESTAMP", Timestamp=moment + 150) == [1, 2, 3]
    assert numbers(Type="FROM_TIMESTAMP", Timestamp=moment + 50) == [0, 1, 2, 3]
    assert numbers(Type="FROM_TIMESTAMP", Timestamp=moment + 150) == [1, 2, 3]
    for wrong in (
        {"Type": "AFTER_SHARD_ID"},
        {"Type": "AT_TIMESTAMP"},
        {"Type": "AT_LATEST", "ShardId": shard_name(0)},
        {"Type": "AT_TRIM_HORIZON", "Timestamp": moment},
    ):
        assert refusal(kinesis.list_shards, StreamName="s", ShardFilter=wrong)[0] == "InvalidArgumentException"
    assert refusal(kinesis.list_shards, StreamName="s", ShardFilter={"Type": "x"})[0] == "ValidationException"


def test_a_filter_goes_on_to_the_next_page(kinesis):
    make_stream(kinesis, "s", 2)
    kinesis.split_shard(StreamName="s", ShardToSplit="0", NewStartingHashKey="100")
    page = kinesis.list_shards(StreamName="s", ShardFilter={"Type": "AT_LATEST"}, MaxResults=1)
    rest = kinesis.list_shards(NextToken=page["NextToken"])
    assert [shard["ShardId"] for shard in page["Shards"] + rest["Shards"]] == [shard_name(n) for n in (1, 2, 3)]


def test_a_closed_shard_goes_with_its_last_record(aws, kinesis):
    make_stream(kinesis)
    put(kinesis, b"old")
    kinesis.split_shard(StreamName="s", ShardToSplit="0", NewStartingHashKey="100")
    aws.advance(24 * 3600 - 10)
    assert read(kinesis) == [b"old"]
    aws.advance(20)
    assert [shard["ShardId"] for shard in shards_of(kinesis)] == [shard_name(1), shard_name(2)]
    start = {"StreamName": "s", "ShardId": shard_name(0), "ShardIteratorType": "TRIM_HORIZON"}
    assert refusal(kinesis.get_shard_iterator, **start) == (
        "ResourceNotFoundException",
        f"Shard {shard_name(0)} in stream s under account {aws.account} does not exist",
    )
    aws.advance(2 * 3600)
    assert shards_of(kinesis)[0]["ParentShardId"] == shard_name(0)
    put(kinesis, b"new")
    assert read(kinesis, number=1) == [b"new"]


def test_the_end_of_a_closed_shard_names_its_children(kinesis):
    make_stream(kinesis)
    put(kinesis, b"1")
    put(kinesis, b"2")
    kinesis.split_shard(StreamName="s", ShardToSplit="0", NewStartingHashKey="100")
    first = kinesis.get_records(ShardIterator=iterator(kinesis), Limit=1)
    assert "ChildShards" not in first
    last = kinesis.get_records(ShardIterator=first["NextShardIterator"])
    assert [record["Data"] for record in last["Records"]] == [b"2"]
    assert last.get("NextShardIterator") is None
    assert last["ChildShards"] == [
        {
            "ShardId": shard_name(1),
            "ParentShards": [shard_name(0)],
            "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "99"},
        },
        {
            "ShardId": shard_name(2),
            "ParentShards": [shard_name(0)],
            "HashKeyRange": {"StartingHashKey": "100", "EndingHashKey": str(TOP)},
        },
    ]
    assert "NextShardIterator" not in kinesis.get_records(ShardIterator=iterator(kinesis, "LATEST"))
