"""Tags and resource policies of streams and consumers."""

import json

from aws.kinesis.conftest import make_stream, refusal

POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kinesis:*"}]}
)


def test_tags_of_a_stream_are_added_listed_and_removed(kinesis):
    arn = make_stream(kinesis)
    kinesis.add_tags_to_stream(StreamName="s", Tags={"b": "2", "a": "1", "c": ""})
    page = kinesis.list_tags_for_stream(StreamARN=arn, Limit=2)
    assert page["Tags"] == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    assert page["HasMoreTags"] is True
    rest = kinesis.list_tags_for_stream(StreamName="s", ExclusiveStartTagKey="b")
    assert (rest["Tags"], rest["HasMoreTags"]) == ([{"Key": "c", "Value": ""}], False)
    kinesis.remove_tags_from_stream(StreamName="s", TagKeys=["a", "none"])
    assert [tag["Key"] for tag in kinesis.list_tags_for_stream(StreamName="s")["Tags"]] == ["b", "c"]


def test_tags_have_limits(aws, kinesis):
    make_stream(kinesis)
    kinesis.add_tags_to_stream(StreamName="s", Tags={f"k{number}": "v" for number in range(50)})
    kinesis.add_tags_to_stream(StreamName="s", Tags={"k1": "other"})
    assert refusal(kinesis.add_tags_to_stream, StreamName="s", Tags={"one more": "v"}) == (
        "InvalidArgumentException",
        f"Failed to add tags to stream s under account {aws.account} because a given stream cannot have more than 50 "
        "tags associated with it.",
    )
    invalid = (
        "InvalidArgumentException",
        "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, "
        "_ . / = + - % @.",
    )
    for tags in ({"a!": "b"}, {"a": "b!"}):
        assert refusal(kinesis.add_tags_to_stream, StreamName="s", Tags=tags) == invalid
    assert refusal(kinesis.remove_tags_from_stream, StreamName="s", TagKeys=["!"]) == invalid
    assert refusal(kinesis.add_tags_to_stream, StreamName="s", Tags={"aws:x": "b"})[0] == "InvalidArgumentException"
    for tags in ({}, {"k" * 129: "v"}, {"k": "v" * 257}):
        assert refusal(kinesis.add_tags_to_stream, StreamName="s", Tags=tags)[0] == "ValidationException"
    too_many = {f"k{number}": "v" for number in range(51)}
    assert refusal(kinesis.create_stream, StreamName="t", ShardCount=1, Tags=too_many)[0] == "InvalidArgumentException"
    expected = ("ResourceNotFoundException", f"Stream none under account {aws.account} not found.")
    assert refusal(kinesis.add_tags_to_stream, StreamName="none", Tags={"a": "b"}) == expected
    assert refusal(kinesis.list_tags_for_stream, StreamName="none") == expected
    assert refusal(kinesis.remove_tags_from_stream, StreamName="none", TagKeys=["a"]) == expected


def test_resources_are_tagged_by_arn(kinesis):
    arn = make_stream(kinesis)
    consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
    for resource in (arn, consumer):
        kinesis.tag_resource(ResourceARN=resource, Tags={"b": "2", "a": "1"})
        kinesis.untag_resource(ResourceARN=resource, TagKeys=["b"])
        assert kinesis.list_tags_for_resource(ResourceARN=resource)["Tags"] == [{"Key": "a", "Value": "1"}]
    assert kinesis.list_tags_for_stream(StreamName="s")["Tags"] == [{"Key": "a", "Value": "1"}]


def test_a_policy_is_put_got_and_deleted(kinesis):
    arn = make_stream(kinesis)
    consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
    for resource in (arn, consumer):
        assert kinesis.get_resource_policy(ResourceARN=resource)["Policy"] == "{}"
        assert refusal(kinesis.delete_resource_policy, ResourceARN=resource) == (
            "ResourceNotFoundException",
            f"No resource policy found for resource ARN {resource}",
        )
        kinesis.put_resource_policy(ResourceARN=resource, Policy=POLICY)
        assert kinesis.get_resource_policy(ResourceARN=resource)["Policy"] == POLICY
        kinesis.delete_resource_policy(ResourceARN=resource)
        assert kinesis.get_resource_policy(ResourceARN=resource)["Policy"] == "{}"


def test_policies_and_tags_of_what_is_not_there_are_refused(aws, kinesis):
    arn = make_stream(kinesis)
    calls = (
        (kinesis.get_resource_policy, {}),
        (kinesis.put_resource_policy, {"Policy": POLICY}),
        (kinesis.delete_resource_policy, {}),
        (kinesis.tag_resource, {"Tags": {"a": "b"}}),
        (kinesis.untag_resource, {"TagKeys": ["a"]}),
        (kinesis.list_tags_for_resource, {}),
    )
    missing = arn.replace("/s", "/none")
    for call, request in calls:
        assert refusal(call, ResourceARN=missing, **request) == (
            "ResourceNotFoundException",
            f"Stream none under account {aws.account} not found.",
        )
        gone = f"{arn}/consumer/c:5"
        assert refusal(call, ResourceARN=gone, **request) == (
            "ResourceNotFoundException",
            f"Consumer c with creation timestamp 5 under stream s under account {aws.account} not found.",
        )
        assert refusal(call, ResourceARN="x", **request)[0] == "ValidationException"
        other = arn.replace("stream/s", "channel/c")
        assert refusal(call, ResourceARN=other, **request)[0] == "InvalidArgumentException"
    for policy in ("no json", "[]", "{}", json.dumps({"Statement": "x" * 20_480})):
        assert refusal(kinesis.put_resource_policy, ResourceARN=arn, Policy=policy)[0] == "InvalidArgumentException"
