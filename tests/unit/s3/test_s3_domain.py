"""Ranges, conditions, CORS rules, notification rules, policies, names."""

import json
import zlib

import pytest

from serein.services.s3 import checksums, cors, notifications, policies, ranges, tags
from serein.services.s3.buckets import Bucket, region_of_new_bucket, require_valid_name
from serein.services.s3.errors import (
    IllegalLocationConstraintException,
    InvalidArgument,
    InvalidBucketName,
    InvalidLocationConstraint,
    InvalidRange,
    InvalidRequest,
    InvalidTag,
    MalformedPolicy,
)

BUCKET = Bucket("mine", "111122223333", "us-east-1", 0.0, "", False, "", "")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", (0, 0)),
        ("bytes=0-99", (0, 9)),
        ("bytes=3-", (3, 9)),
        ("bytes=-4", (6, 9)),
        ("bytes=-400", (0, 9)),
        ("bytes=5-3", None),
        ("bytes=1-2,4-5", None),
        ("chars=1-2", None),
        ("bytes=a-b", None),
        ("bytes=-", None),
        ("nonsense", None),
    ],
)
def test_ranges(header, expected) -> None:
    assert ranges.parse_range(header, 10) == expected


@pytest.mark.parametrize(("header", "size"), [("bytes=10-", 10), ("bytes=0-", 0), ("bytes=-0", 10), ("bytes=-5", 0)])
def test_ranges_that_cannot_be_satisfied(header, size) -> None:
    with pytest.raises(InvalidRange) as caught:
        ranges.parse_range(header, size)
    assert caught.value.fields["ActualObjectSize"] == size


@pytest.mark.parametrize("name", ["abc", "my.bucket-1", "0ab", "a" * 63])
def test_good_names(name) -> None:
    require_valid_name(name)


@pytest.mark.parametrize("name", ["ab", "a" * 64, "Abc", "a_b", "a..b", "1.2.3.4", "abc-", ".abc", "abc\n", "xn--x"])
def test_bad_names(name) -> None:
    with pytest.raises(InvalidBucketName):
        require_valid_name(name)


def test_regions_of_new_buckets() -> None:
    assert region_of_new_bucket({}, "us-east-1") == "us-east-1"
    assert region_of_new_bucket({"LocationConstraint": "EU"}, "us-east-1") == "eu-west-1"
    assert region_of_new_bucket({"LocationConstraint": "eu-west-1"}, "eu-west-1") == "eu-west-1"
    with pytest.raises(IllegalLocationConstraintException):
        region_of_new_bucket({}, "eu-west-1")
    with pytest.raises(InvalidLocationConstraint):
        region_of_new_bucket({"LocationConstraint": "us-east-1"}, "us-east-1")


RULES = [
    {"AllowedOrigins": ["https://*.example.com"], "AllowedMethods": ["PUT"], "AllowedHeaders": ["x-amz-*"]},
    {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 5},
]


def test_the_first_rule_that_allows_a_request_answers() -> None:
    found = cors.find_headers(RULES, "https://a.example.com", "PUT", ["X-Amz-Date"], is_preflight=True)
    assert dict(found or [])["access-control-allow-origin"] == "https://a.example.com"
    assert dict(found or [])["access-control-allow-headers"] == "x-amz-date"
    found = cors.find_headers(RULES, "http://any", "GET", [], is_preflight=True)
    assert dict(found or [])["access-control-allow-origin"] == "*"
    assert dict(found or [])["access-control-max-age"] == "5"
    assert dict(found or [])["access-control-expose-headers"] == "ETag"
    assert cors.find_headers(RULES, "http://any", "PUT", [], is_preflight=True) is None
    assert cors.find_headers(RULES, "https://a.example.com", "PUT", ["other"], is_preflight=True) is None


def test_bad_cors_rules_are_refused() -> None:
    with pytest.raises(InvalidRequest):
        cors.require_valid_rules({"CORSRules": [{"AllowedOrigins": ["*.*"], "AllowedMethods": ["GET"]}]})


def configuration(*entries: tuple[str, list[str], dict[str, str]]) -> dict:
    made = []
    for name, events, filters in entries:
        rules = [{"Name": key, "Value": value} for key, value in filters.items()]
        arn = f"arn:aws:sqs:us-east-1:1:{name}"
        made.append({"QueueArn": arn, "Events": events, "Filter": {"Key": {"FilterRules": rules}}})
    return {"QueueConfigurations": made}


def test_rules_want_events_by_name_prefix_and_suffix() -> None:
    text = json.dumps(
        notifications.require_valid(configuration(("q", ["s3:ObjectCreated:*"], {"prefix": "in/", "suffix": ".j"})))
    )
    (rule,) = notifications.rules_of(text)
    assert rule.wants("ObjectCreated:Put", "in/a.j")
    assert not rule.wants("ObjectCreated:Put", "out/a.j")
    assert not rule.wants("ObjectCreated:Put", "in/a.k")
    assert not rule.wants("ObjectRemoved:Delete", "in/a.j")


@pytest.mark.parametrize(
    ("one", "two", "is_ambiguous"),
    [
        ({"prefix": "a"}, {"prefix": "b"}, False),
        ({"prefix": "a"}, {"prefix": "ab"}, True),
        ({"prefix": "a", "suffix": ".x"}, {"prefix": "a", "suffix": ".y"}, False),
        ({"suffix": "x"}, {"suffix": ".x"}, True),
        ({}, {}, True),
    ],
)
def test_rules_for_one_event_may_not_overlap(one, two, is_ambiguous) -> None:
    given = configuration(("q", ["s3:ObjectCreated:*"], one), ("r", ["s3:ObjectCreated:Put"], two))
    if is_ambiguous:
        with pytest.raises(InvalidArgument, match="ambiguously defined"):
            notifications.require_valid(given)
    else:
        notifications.require_valid(given)


def test_what_makes_a_policy_public() -> None:
    def policy(**changes) -> dict:
        statement = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "arn:aws:s3:::mine/*",
            **changes,
        }
        return policies.require_valid(json.dumps({"Statement": statement}), BUCKET)

    assert policies.is_public(policy())
    assert policies.is_public(policy(Principal={"AWS": ["*"]}))
    assert not policies.is_public(policy(Effect="Deny"))
    assert not policies.is_public(policy(Principal={"AWS": "111122223333"}))
    assert not policies.is_public(policy(Condition={"StringEquals": {"aws:SourceAccount": "1"}}))
    for changes in ({"Effect": "Maybe"}, {"Action": "sqs:*"}, {"Resource": "arn:aws:s3:::other"}):
        with pytest.raises(MalformedPolicy):
            policy(**changes)


def test_tags_in_headers() -> None:
    assert json.loads(tags.parse_header("a=1&b=x%20y&c=")) == [["a", "1"], ["b", "x y"], ["c", ""]]
    assert tags.parse_header(None) == ""
    for bad in ("a=1&a=2", "=&&"):
        with pytest.raises((InvalidArgument, InvalidTag)):
            tags.parse_header(bad)


@pytest.mark.parametrize("algorithm", checksums.ALGORITHMS)
def test_every_algorithm_has_the_size_it_says(algorithm) -> None:
    digest = checksums.new_digest(algorithm)
    digest.update(b"hello ")
    digest.update(b"world")
    checksums.require_valid_value(algorithm, checksums.encoded(digest.digest()))


@pytest.mark.parametrize(
    ("algorithm", "expected"), [("CRC32", 0xCBF43926), ("CRC32C", 0xE3069283), ("CRC64NVME", 0xAE8B14860A799888)]
)
def test_crcs_have_their_published_check_values(algorithm, expected) -> None:
    digest = checksums.new_digest(algorithm)
    digest.update(b"123456789")
    assert int.from_bytes(digest.digest()) == expected


def test_crcs_of_parts_combine_to_that_of_the_whole() -> None:
    parts = [b"a" * 1000, b"b" * 77, b"c"]
    digests = [(checksums.encoded(zlib.crc32(part).to_bytes(4)), len(part)) for part in parts]
    whole = checksums.encoded(zlib.crc32(b"".join(parts)).to_bytes(4))
    assert checksums.of_parts("CRC32", "FULL_OBJECT", digests) == whole
