"""Buckets and their settings."""

import json

import pytest
from botocore.exceptions import ClientError


def error_of(caught) -> tuple[str, str]:
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_bucket_is_made_listed_and_deleted(aws, s3) -> None:
    name = aws.unique("b")
    assert s3.create_bucket(Bucket=name)["Location"] == f"/{name}"
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == [name]
    head = s3.head_bucket(Bucket=name)
    assert head["BucketRegion"] == "us-east-1"
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] is None
    s3.delete_bucket(Bucket=name)
    assert s3.list_buckets()["Buckets"] == []
    with pytest.raises(ClientError) as caught:
        s3.head_bucket(Bucket=name)
    assert error_of(caught)[0] == "404"


def test_a_region_is_chosen_by_its_constraint(aws) -> None:
    ireland = aws.client("s3", region_name="eu-west-1")
    name = aws.unique("b")
    with pytest.raises(ClientError) as caught:
        ireland.create_bucket(Bucket=name)
    assert error_of(caught) == (
        "IllegalLocationConstraintException",
        "The unspecified location constraint is incompatible for the region specific endpoint this request was sent "
        "to.",
    )
    with pytest.raises(ClientError) as caught:
        ireland.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    assert error_of(caught)[0] == "IllegalLocationConstraintException"
    reply = ireland.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert reply["Location"] == f"http://{name}.s3.amazonaws.com/"
    assert ireland.get_bucket_location(Bucket=name)["LocationConstraint"] == "eu-west-1"
    with pytest.raises(ireland.exceptions.BucketAlreadyOwnedByYou):
        ireland.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    with pytest.raises(ClientError) as caught:
        aws.client("s3").create_bucket(
            Bucket=aws.unique("b"), CreateBucketConfiguration={"LocationConstraint": "nowhere"}
        )
    assert error_of(caught) == ("InvalidLocationConstraint", "The specified location-constraint is not valid")


def test_names_are_global_and_us_east_1_lets_an_owner_create_again(aws, s3, bucket) -> None:
    s3.create_bucket(Bucket=bucket)
    other = type(aws)(aws.endpoint).client("s3")
    with pytest.raises(other.exceptions.BucketAlreadyExists) as caught:
        other.create_bucket(Bucket=bucket)
    assert caught.value.response["Error"]["BucketName"] == bucket
    assert other.list_buckets()["Buckets"] == []


@pytest.mark.parametrize(
    "name", ["ab", "Upper", "under_score", "192.168.5.4", "a..b", "-a-b", "xn--abc", "abc-s3alias"]
)
def test_a_name_that_aws_refuses_is_refused(aws, name) -> None:
    import urllib.error
    import urllib.request

    request = urllib.request.Request(f"{aws.endpoint}/{name}", method="PUT")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 400
    assert b"<Code>InvalidBucketName</Code>" in caught.value.read()


def test_a_bucket_with_objects_is_not_deleted(s3, bucket) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with pytest.raises(ClientError) as caught:
        s3.delete_bucket(Bucket=bucket)
    assert error_of(caught) == ("BucketNotEmpty", "The bucket you tried to delete is not empty")
    s3.delete_object(Bucket=bucket, Key="k")
    s3.delete_bucket(Bucket=bucket)


def test_list_buckets_pages(aws, s3) -> None:
    names = sorted(aws.unique("page") for _ in range(5))
    for name in names:
        s3.create_bucket(Bucket=name)
    pages = list(s3.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": 2}))
    assert [bucket["Name"] for page in pages for bucket in page["Buckets"]] == names
    assert len(pages) == 3
    assert [b["Name"] for b in s3.list_buckets(Prefix=names[1])["Buckets"]] == [names[1]]


def test_another_owner_than_expected_is_denied(s3, bucket, aws) -> None:
    s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=aws.account)
    with pytest.raises(ClientError) as caught:
        s3.list_objects_v2(Bucket=bucket, ExpectedBucketOwner="111111111111")
    assert error_of(caught)[0] == "AccessDenied"


def test_new_buckets_have_the_defaults_of_aws(s3, bucket) -> None:
    blocks = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert blocks == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    }
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    controls = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]
    assert controls == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    grants = s3.get_bucket_acl(Bucket=bucket)["Grants"]
    assert [grant["Permission"] for grant in grants] == ["FULL_CONTROL"]
    assert s3.get_bucket_versioning(Bucket=bucket).get("Status") is None
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    configuration = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert configuration.keys() == {"ResponseMetadata"}


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("get_bucket_policy", "NoSuchBucketPolicy"),
        ("get_bucket_cors", "NoSuchCORSConfiguration"),
        ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
        ("get_bucket_tagging", "NoSuchTagSet"),
        ("get_bucket_website", "NoSuchWebsiteConfiguration"),
        ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError"),
    ],
)
def test_what_was_never_set_is_not_found(s3, bucket, operation, code) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(s3, operation)(Bucket=bucket)
    assert error_of(caught)[0] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_bucket_tags(s3, bucket) -> None:
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "a", "Value": "1"}]
    s3.delete_bucket_tagging(Bucket=bucket)
    with pytest.raises(ClientError):
        s3.get_bucket_tagging(Bucket=bucket)


def test_bucket_policy_is_checked_and_public_ones_are_blocked(s3, bucket, aws) -> None:
    def policy(principal, resource=f"arn:aws:s3:::{bucket}/*") -> str:
        statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": resource}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    with pytest.raises(ClientError) as caught:
        s3.put_bucket_policy(Bucket=bucket, Policy="{nonsense")
    assert error_of(caught)[0] == "MalformedPolicy"
    with pytest.raises(ClientError) as caught:
        s3.put_bucket_policy(Bucket=bucket, Policy=policy("*", "arn:aws:s3:::another/*"))
    assert error_of(caught) == ("MalformedPolicy", "Policy has invalid resource")
    with pytest.raises(ClientError) as caught:
        s3.put_bucket_policy(Bucket=bucket, Policy=policy("*"))
    assert error_of(caught)[0] == "AccessDenied"
    own = policy({"AWS": f"arn:aws:iam::{aws.account}:root"})
    s3.put_bucket_policy(Bucket=bucket, Policy=own)
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == own
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is False
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy("*"))
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is True
    s3.delete_bucket_policy(Bucket=bucket)


def test_default_encryption_shows_on_new_objects(s3, bucket) -> None:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/mine"}
    rules = [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert (put["ServerSideEncryption"], put["SSEKMSKeyId"], put["BucketKeyEnabled"]) == ("aws:kms", "alias/mine", True)
    assert s3.head_object(Bucket=bucket, Key="k")["SSEKMSKeyId"] == "alias/mine"


def test_lifecycle_rules_come_back(s3, bucket) -> None:
    rule = {
        "ID": "old",
        "Status": "Enabled",
        "Filter": {"Prefix": "logs/"},
        "Expiration": {"Days": 30},
        "Transitions": [{"Days": 10, "StorageClass": "GLACIER"}],
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 3},
    }
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == [rule]
    with pytest.raises(ClientError) as caught:
        s3.put_bucket_lifecycle_configuration(
            Bucket=bucket, LifecycleConfiguration={"Rules": [{"Status": "Enabled", "Filter": {"Prefix": ""}}]}
        )
    assert error_of(caught)[0] == "InvalidRequest"
    s3.delete_bucket_lifecycle(Bucket=bucket)


def test_website_and_logging_and_acceleration_come_back(s3, bucket) -> None:
    website = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}}
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=website)
    reply = s3.get_bucket_website(Bucket=bucket)
    assert {name: reply[name] for name in website} == website
    enabled = {"TargetBucket": bucket, "TargetPrefix": "log/"}
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": enabled})
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"] == enabled
    s3.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_accelerate_configuration(Bucket=bucket)["Status"] == "Enabled"


def test_acls_are_disabled_until_ownership_says_otherwise(s3, bucket) -> None:
    with pytest.raises(ClientError) as caught:
        s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    assert error_of(caught) == ("AccessControlListNotSupported", "The bucket does not allow ACLs")
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    )
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    assert [grant["Permission"] for grant in s3.get_bucket_acl(Bucket=bucket)["Grants"]] == ["FULL_CONTROL", "READ"]


def test_cors_rules_come_back_and_bad_ones_are_refused(s3, bucket) -> None:
    rule = {
        "AllowedMethods": ["GET", "PUT"],
        "AllowedOrigins": ["https://*.example.com"],
        "AllowedHeaders": ["*"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 300,
    }
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == [rule]
    with pytest.raises(ClientError) as caught:
        s3.put_bucket_cors(
            Bucket=bucket, CORSConfiguration={"CORSRules": [{"AllowedMethods": ["PATCH"], "AllowedOrigins": ["*"]}]}
        )
    assert error_of(caught) == (
        "InvalidRequest",
        "Found unsupported HTTP method in CORS config. Unsupported method is PATCH",
    )


def test_object_lock_protects_versions(s3, aws) -> None:
    from datetime import UTC, datetime, timedelta

    name = aws.unique("locked")
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    version = s3.put_object(Bucket=name, Key="k", Body=b"x")["VersionId"]
    s3.put_object_legal_hold(Bucket=name, Key="k", LegalHold={"Status": "ON"})
    with pytest.raises(ClientError) as caught:
        s3.delete_object(Bucket=name, Key="k", VersionId=version)
    assert error_of(caught)[0] == "AccessDenied"
    s3.put_object_legal_hold(Bucket=name, Key="k", LegalHold={"Status": "OFF"})
    now = datetime.fromtimestamp(aws.clock.now(), UTC)
    retention = {"Mode": "GOVERNANCE", "RetainUntilDate": now + timedelta(days=1)}
    s3.put_object_retention(Bucket=name, Key="k", Retention=retention)
    assert s3.get_object_retention(Bucket=name, Key="k")["Retention"]["Mode"] == "GOVERNANCE"
    with pytest.raises(ClientError):
        s3.delete_object(Bucket=name, Key="k", VersionId=version)
    s3.delete_object(Bucket=name, Key="k", VersionId=version, BypassGovernanceRetention=True)
