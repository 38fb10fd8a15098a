"""`auth: on`: policies of secrets, streams, tables and buckets, and who manages functions."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.aws.policies.conftest import OWNER, REGION, STRANGER, Guarded, allow, document

USER = f"arn:aws:iam::{STRANGER}:user/tester"
ROOT = {"AWS": f"arn:aws:iam::{STRANGER}:root"}


def refusal(call: Callable[..., Any], **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**request)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def unnamed(action: str, resource: str) -> str:
    return (
        f"User: {USER} is not authorized to perform: {action} on resource: {resource} because no resource-based "
        f"policy allows the {action} action"
    )


def test_a_secret_is_for_those_that_its_policy_names(guarded: Guarded) -> None:
    owner, stranger = guarded.client("secretsmanager"), guarded.client("secretsmanager", STRANGER)
    arn = owner.create_secret(Name="shared", SecretString="x")["ARN"]
    assert refusal(stranger.get_secret_value, SecretId=arn) == (
        "AccessDeniedException",
        unnamed("secretsmanager:GetSecretValue", arn),
    )
    statement = allow(ROOT, "secretsmanager:GetSecretValue", "*")
    owner.put_resource_policy(SecretId=arn, ResourcePolicy=document(statement))
    assert stranger.get_secret_value(SecretId=arn)["SecretString"] == "x"
    assert stranger.batch_get_secret_value(SecretIdList=[arn])["SecretValues"][0]["SecretString"] == "x"
    assert refusal(stranger.delete_secret, SecretId=arn)[0] == "AccessDeniedException"
    assert refusal(stranger.get_secret_value, SecretId="shared")[0] == "ResourceNotFoundException"
    old = {**statement, "Effect": "Deny", "Principal": "*"}
    old["Condition"] = {"StringEquals": {"secretsmanager:VersionStage": "AWSPREVIOUS"}}
    owner.put_resource_policy(SecretId=arn, ResourcePolicy=document(old))
    owner.get_secret_value(SecretId=arn)
    code, message = refusal(owner.get_secret_value, SecretId=arn, VersionStage="AWSPREVIOUS")
    assert (code, message.endswith("with an explicit deny in a resource-based policy")) == (
        "AccessDeniedException",
        True,
    )


def test_a_stream_is_for_those_that_its_policy_names(guarded: Guarded) -> None:
    owner, stranger = guarded.client("kinesis"), guarded.client("kinesis", STRANGER)
    owner.create_stream(StreamName="shared", ShardCount=1)
    guarded.idle()
    arn = f"arn:aws:kinesis:{REGION}:{OWNER}:stream/shared"
    put = {"StreamARN": arn, "Data": b"x", "PartitionKey": "a"}
    assert refusal(stranger.put_record, **put) == ("AccessDeniedException", unnamed("kinesis:PutRecord", arn))
    actions = {**allow(ROOT, "", arn), "Action": ["kinesis:PutRecord", "kinesis:GetShardIterator"]}
    owner.put_resource_policy(ResourceARN=arn, Policy=document(actions))
    shard = stranger.put_record(**put)["ShardId"]
    asked = stranger.get_shard_iterator(StreamARN=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = stranger.get_records(ShardIterator=asked["ShardIterator"])["Records"]
    assert [record["Data"] for record in records] == [b"x"]
    assert refusal(stranger.delete_stream, StreamARN=arn)[0] == "AccessDeniedException"
    assert refusal(stranger.get_resource_policy, ResourceARN=arn)[0] == "AccessDeniedException"


def test_a_table_is_for_those_that_its_policy_names(guarded: Guarded) -> None:
    owner, stranger = guarded.client("dynamodb"), guarded.client("dynamodb", STRANGER)
    arn = owner.create_table(
        TableName="shared",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]["TableArn"]
    item = {"k": {"S": "a"}}
    assert refusal(stranger.put_item, TableName=arn, Item=item) == (
        "AccessDeniedException",
        unnamed("dynamodb:PutItem", arn),
    )
    statement = {**allow(ROOT, "", arn), "Action": ["dynamodb:PutItem", "dynamodb:BatchGetItem", "dynamodb:GetItem"]}
    owner.put_resource_policy(ResourceArn=arn, Policy=document(statement))
    stranger.put_item(TableName=arn, Item=item)
    assert stranger.batch_get_item(RequestItems={arn: {"Keys": [item]}})["Responses"]
    assert stranger.transact_get_items(TransactItems=[{"Get": {"TableName": arn, "Key": item}}])["Responses"]
    assert refusal(stranger.transact_write_items, TransactItems=[{"Delete": {"TableName": arn, "Key": item}}]) == (
        "AccessDeniedException",
        unnamed("dynamodb:DeleteItem", arn),
    )
    assert refusal(stranger.query, TableName=arn, IndexName="index", KeyConditionExpression="k = :k")[1] == unnamed(
        "dynamodb:Query", f"{arn}/index/index"
    )
    assert refusal(stranger.delete_resource_policy, ResourceArn=arn)[0] == "AccessDeniedException"
    owner.put_resource_policy(ResourceArn=arn, Policy=document({**statement, "Effect": "Deny", "Principal": "*"}))
    assert "with an explicit deny" in refusal(owner.get_item, TableName="shared", Key=item)[1]
    owner.scan(TableName="shared")


def test_a_tables_stream_is_for_those_that_its_policy_names(guarded: Guarded) -> None:
    owner = guarded.client("dynamodb")
    arn = owner.create_table(
        TableName="streamed",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]["LatestStreamArn"]
    mine = guarded.client("dynamodbstreams")
    assert mine.describe_stream(StreamArn=arn)["StreamDescription"]["StreamArn"] == arn
    deny = allow("*", "dynamodb:GetShardIterator", arn) | {"Effect": "Deny"}
    owner.put_resource_policy(ResourceArn=arn, Policy=document(deny))
    asked = {"StreamArn": arn, "ShardId": "shardId-00000000000000000000-00000000", "ShardIteratorType": "LATEST"}
    assert refusal(mine.get_shard_iterator, **asked)[0] == "AccessDeniedException"
    mine.describe_stream(StreamArn=arn)
    code, message = refusal(guarded.client("dynamodbstreams", STRANGER).describe_stream, StreamArn=arn)
    assert (code, message) == ("AccessDeniedException", unnamed("dynamodb:DescribeStream", arn))


def test_a_bucket_is_for_those_that_its_policy_names(guarded: Guarded) -> None:
    owner, stranger = guarded.client("s3"), guarded.client("s3", STRANGER)
    bucket, arn = "guarded-shared", "arn:aws:s3:::guarded-shared"
    owner.create_bucket(Bucket=bucket)
    for key in ("in/a", "out/a"):
        owner.put_object(Bucket=bucket, Key=key, Body=b"x")
    assert refusal(stranger.get_object, Bucket=bucket, Key="out/a") == ("AccessDenied", "Access Denied")
    listing = allow(ROOT, "s3:ListBucket", arn, StringLike={"s3:prefix": "out/*"})
    reading = allow(ROOT, "s3:GetObject", f"{arn}/out/*")
    owner.put_bucket_policy(Bucket=bucket, Policy=document(listing, reading))
    assert stranger.get_object(Bucket=bucket, Key="out/a")["Body"].read() == b"x"
    assert stranger.head_object(Bucket=bucket, Key="out/a")["ContentLength"] == 1
    assert stranger.list_objects_v2(Bucket=bucket, Prefix="out/")["KeyCount"] == 1
    for call in (
        lambda: stranger.get_object(Bucket=bucket, Key="in/a"),
        lambda: stranger.list_objects_v2(Bucket=bucket),
        lambda: stranger.put_object(Bucket=bucket, Key="out/b", Body=b"x"),
        lambda: stranger.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "out/a"}]}),
        lambda: stranger.get_bucket_policy(Bucket=bucket),
    ):
        assert refusal(call)[0] == "AccessDenied"
    stranger.create_bucket(Bucket="guarded-copies")
    copy = {"Bucket": "guarded-copies", "Key": "a"}
    stranger.copy_object(**copy, CopySource=f"{bucket}/out/a")
    assert refusal(stranger.copy_object, **copy, CopySource=f"{bucket}/in/a")[0] == "AccessDenied"


def test_a_bucket_may_deny_its_own_account(guarded: Guarded) -> None:
    s3 = guarded.client("s3")
    bucket, arn = "guarded-encrypted", "arn:aws:s3:::guarded-encrypted"
    s3.create_bucket(Bucket=bucket)
    plain = allow("*", "s3:PutObject", f"{arn}/*", Null={"s3:x-amz-server-side-encryption": "true"})
    s3.put_bucket_policy(Bucket=bucket, Policy=document({**plain, "Effect": "Deny"}))
    assert refusal(s3.put_object, Bucket=bucket, Key="a", Body=b"x") == (
        "AccessDenied",
        f'User: arn:aws:iam::{OWNER}:user/tester is not authorized to perform: s3:PutObject on resource: "{arn}/a" '
        "with an explicit deny in a resource-based policy",
    )
    s3.put_object(Bucket=bucket, Key="a", Body=b"x", ServerSideEncryption="AES256")


def test_only_the_owner_manages_a_function(guarded: Guarded) -> None:
    told, _ = guarded.queue("told-by-managed")
    function = guarded.function("managed", told)
    owner, stranger = guarded.client("lambda"), guarded.client("lambda", STRANGER)
    assert refusal(stranger.get_function, FunctionName=function) == (
        "AccessDeniedException",
        unnamed("lambda:GetFunction", function),
    )
    assert refusal(stranger.delete_function, FunctionName=function)[0] == "AccessDeniedException"
    owner.add_permission(FunctionName=function, StatementId="s", Action="lambda:GetFunction", Principal=STRANGER)
    assert stranger.get_function(FunctionName=function)["Configuration"]["FunctionArn"] == function
