"""`auth: on`: the right keys work everywhere, and the wrong ones are refused in the words of each protocol."""

import io
import json
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from serein.testing import ServerProcess
from serein.testing.serving import ServerDidNotStart

ROOT = ("AKIAROOT000000000001", "root/secret+1")
SERVICES = {
    "dynamodb": lambda client: client.list_tables(),
    "sqs": lambda client: client.list_queues(),
    "sns": lambda client: client.list_topics(),
    "iam": lambda client: client.list_users(),
    "sts": lambda client: client.get_caller_identity(),
    "lambda": lambda client: client.list_functions(),
    "logs": lambda client: client.describe_log_groups(),
    "cloudformation": lambda client: client.list_stacks(),
    "apigatewayv2": lambda client: client.get_apis(),
    "s3": lambda client: client.list_buckets(),
}
"""A call of each service, all protocols among them."""
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com", "AWS": "arn:aws:iam::000000000000:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
HANDLER = """
import boto3

def handler(event, context):
    identity = boto3.client("sts").get_caller_identity()
    boto3.client("s3").put_object(Bucket=event["bucket"], Key="from-function", Body=b"x" * 100_000)
    return {"arn": identity["Arn"]}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    settings = {"auth": "on", "root_access_key_id": ROOT[0], "root_secret_access_key": ROOT[1]}
    server = ServerProcess(tmp_path_factory.mktemp("auth"), settings)
    yield server
    server.stop()


def client_of(
    server: ServerProcess, service: str, key: str, secret: str, token: str | None = None, **config: Any
) -> Any:
    session = boto3.session.Session(key, secret, token, "us-east-1")
    options = Config(retries={"max_attempts": 0}, **config)
    return session.client(service, endpoint_url=server.endpoint, config=options)


def refusal_of(server: ServerProcess, service: str, *keys: str) -> tuple[str, int]:
    with pytest.raises(ClientError) as raised:
        SERVICES[service](client_of(server, service, *keys))
    return raised.value.response["Error"]["Code"], raised.value.response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.fixture(scope="module")
def user(server: ServerProcess) -> tuple[str, str]:
    """A user's key, made by the root key."""
    iam = client_of(server, "iam", *ROOT)
    iam.create_user(UserName="somebody")
    key = iam.create_access_key(UserName="somebody")["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_the_root_key_of_the_settings_works_everywhere(server: ServerProcess, service: str) -> None:
    SERVICES[service](client_of(server, service, *ROOT))


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_a_key_that_iam_made_works_everywhere(server: ServerProcess, user: tuple[str, str], service: str) -> None:
    SERVICES[service](client_of(server, service, *user))


def test_the_root_key_is_the_root_of_the_default_account(server: ServerProcess) -> None:
    assert client_of(server, "sts", *ROOT).get_caller_identity()["Arn"] == "arn:aws:iam::000000000000:root"


def test_a_key_is_its_user(server: ServerProcess, user: tuple[str, str]) -> None:
    arn = client_of(server, "sts", *user).get_caller_identity()["Arn"]
    assert arn == "arn:aws:iam::000000000000:user/somebody"


@pytest.mark.parametrize(
    ("service", "code", "status"),
    [
        ("dynamodb", "InvalidSignatureException", 400),
        ("logs", "InvalidSignatureException", 400),
        ("sqs", "InvalidSignatureException", 400),
        ("lambda", "InvalidSignatureException", 403),
        ("apigatewayv2", "InvalidSignatureException", 403),
        ("sns", "SignatureDoesNotMatch", 403),
        ("iam", "SignatureDoesNotMatch", 403),
        ("sts", "SignatureDoesNotMatch", 403),
        ("cloudformation", "SignatureDoesNotMatch", 403),
        ("s3", "SignatureDoesNotMatch", 403),
    ],
)
def test_a_wrong_secret_is_refused(
    server: ServerProcess, user: tuple[str, str], service: str, code: str, status: int
) -> None:
    assert refusal_of(server, service, user[0], "wrong") == (code, status)
    assert refusal_of(server, service, ROOT[0], "wrong") == (code, status)


@pytest.mark.parametrize(
    ("service", "code", "status"),
    [
        ("dynamodb", "UnrecognizedClientException", 400),
        ("logs", "UnrecognizedClientException", 400),
        ("lambda", "UnrecognizedClientException", 403),
        ("sns", "InvalidClientTokenId", 403),
        ("sts", "InvalidClientTokenId", 403),
        ("cloudformation", "InvalidClientTokenId", 403),
        ("s3", "InvalidAccessKeyId", 403),
    ],
)
def test_an_unknown_key_is_refused(server: ServerProcess, service: str, code: str, status: int) -> None:
    for key in ("AKIAUNKNOWN000000001", "000000000000", "test", "ASIAUNKNOWN000000001"):
        assert refusal_of(server, service, key, "secret") == (code, status)


def test_a_key_that_is_inactive_or_deleted_is_refused(server: ServerProcess) -> None:
    iam = client_of(server, "iam", *ROOT)
    iam.create_user(UserName="leaver")
    key = iam.create_access_key(UserName="leaver")["AccessKey"]
    pair = key["AccessKeyId"], key["SecretAccessKey"]
    SERVICES["sqs"](client_of(server, "sqs", *pair))
    iam.update_access_key(UserName="leaver", AccessKeyId=pair[0], Status="Inactive")
    assert refusal_of(server, "sns", *pair)[0] == "InvalidClientTokenId"
    iam.update_access_key(UserName="leaver", AccessKeyId=pair[0], Status="Active")
    SERVICES["sqs"](client_of(server, "sqs", *pair))
    iam.delete_access_key(UserName="leaver", AccessKeyId=pair[0])
    assert refusal_of(server, "sns", *pair)[0] == "InvalidClientTokenId"


def test_requests_without_a_signature_are_refused(server: ServerProcess) -> None:
    for path, headers, code, status in (
        ("/", {"X-Amz-Target": "DynamoDB_20120810.ListTables"}, b"MissingAuthenticationTokenException", 400),
        ("/2015-03-31/functions/a/invocations", {}, b"MissingAuthenticationTokenException", 403),
        ("/?Action=ListTopics&Version=2010-03-31", {}, b"MissingAuthenticationToken", 403),
        ("/bucket/key?uploads", {}, b"AccessDenied", 403),
    ):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(server.endpoint + path, b"{}", headers))
        said = refused.value.headers.get("x-amzn-errortype", "").encode() + refused.value.read()
        assert (refused.value.code, code in said) == (status, True), path


def test_a_changed_body_is_refused(server: ServerProcess, user: tuple[str, str]) -> None:
    request = AWSRequest("POST", f"{server.endpoint}/", data=b'{"QueueNamePrefix":"a"}')
    request.headers["X-Amz-Target"] = "AmazonSQS.ListQueues"
    request.headers["Content-Type"] = "application/x-amz-json-1.0"
    SigV4Auth(Credentials(*user), "sqs", "us-east-1").add_auth(request)
    sent = urllib.request.Request(request.url, b'{"QueueNamePrefix":"b"}', dict(request.headers))
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(sent)
    assert b"InvalidSignatureException" in refused.value.read()


def sign_in_the_past(monkeypatch: pytest.MonkeyPatch, ago: timedelta) -> None:
    past = datetime.now(UTC) - ago

    def then(remove_tzinfo: bool = True) -> datetime:
        return past.replace(tzinfo=None) if remove_tzinfo else past

    monkeypatch.setattr("botocore.auth.get_current_datetime", then)
    monkeypatch.setattr("botocore.crt.auth.get_current_datetime", then)


def test_an_old_signature_is_refused(
    server: ServerProcess, user: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in_the_past(monkeypatch, timedelta(hours=1))
    assert refusal_of(server, "dynamodb", *user) == ("InvalidSignatureException", 400)
    assert refusal_of(server, "s3", *user) == ("RequestTimeTooSkewed", 403)


# S3: streamed bodies and presigned addresses


@pytest.fixture(scope="module")
def bucket(server: ServerProcess) -> str:
    client_of(server, "s3", *ROOT).create_bucket(Bucket="signed")
    return "signed"


@pytest.mark.parametrize("style", ["path", "virtual"])
@pytest.mark.parametrize("algorithm", ["CRC32", "SHA256"])
def test_signed_uploads_come_in(
    server: ServerProcess, user: tuple[str, str], bucket: str, style: str, algorithm: str
) -> None:
    s3 = client_of(server, "s3", *user, s3={"addressing_style": "path", "payload_signing_enabled": style == "path"})
    for key in ("plain", "a b/ü+&=?#%.txt", "/leading//double/./dot/../dots"):
        s3.put_object(Bucket=bucket, Key=key, Body=io.BytesIO(b"x" * 300_000), ChecksumAlgorithm=algorithm)
        assert s3.get_object(Bucket=bucket, Key=key)["ContentLength"] == 300_000
    assert s3.list_objects_v2(Bucket=bucket, Prefix="a b/ü+&=")["KeyCount"] == 1


def presigned(server: ServerProcess, keys: tuple[str, ...], bucket: str, method: str, **options: Any) -> str:
    s3 = client_of(server, "s3", *keys, signature_version="s3v4", s3={"addressing_style": "path"})
    url: str = s3.generate_presigned_url(method, Params={"Bucket": bucket, "Key": "a b/ü"}, **options)
    return url


def test_presigned_addresses_work_until_they_are_changed(
    server: ServerProcess, user: tuple[str, str], bucket: str
) -> None:
    put = presigned(server, user, bucket, "put_object", ExpiresIn=60)
    with urllib.request.urlopen(urllib.request.Request(put, b"content", method="PUT")) as reply:
        assert reply.status == 200
    get = presigned(server, user, bucket, "get_object", ExpiresIn=60)
    with urllib.request.urlopen(get) as reply:
        assert reply.read() == b"content"
    for changed in (
        get.replace("/a%20b/", "/other/"),
        get.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"),
        get + "&versionId=x",
        get.replace("X-Amz-Signature=", "X-Amz-Signature=0"),
    ):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(changed)
        assert refused.value.code == 403
        assert b"<Code>SignatureDoesNotMatch</Code>" in refused.value.read()


def test_a_presigned_address_expires(
    server: ServerProcess, user: tuple[str, str], bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in_the_past(monkeypatch, timedelta(minutes=2))
    url = presigned(server, user, bucket, "get_object", ExpiresIn=60)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url)
    assert refused.value.code == 403
    content = refused.value.read()
    assert b"<Code>AccessDenied</Code>" in content
    assert b"Request has expired" in content


def test_a_presigned_query_works_for_other_services(server: ServerProcess, user: tuple[str, str]) -> None:
    url = f"{server.endpoint}/?Action=GetCallerIdentity&Version=2011-06-15"
    request = AWSRequest("GET", url)
    SigV4QueryAuth(Credentials(*user), "sts", "us-east-1", expires=60).add_auth(request)
    with urllib.request.urlopen(request.url) as reply:
        assert b"user/somebody" in reply.read()


# Temporary credentials


@pytest.fixture(scope="module")
def role(server: ServerProcess) -> str:
    iam = client_of(server, "iam", *ROOT)
    arn: str = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    return arn


def test_an_assumed_role_works_with_its_token_only(server: ServerProcess, user: tuple[str, str], role: str) -> None:
    sts = client_of(server, "sts", *user)
    given = sts.assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    keys = given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]
    for service, use in SERVICES.items():
        use(client_of(server, service, *keys))
    arn = client_of(server, "sts", *keys).get_caller_identity()["Arn"]
    assert arn == "arn:aws:sts::000000000000:assumed-role/worker/session"
    assert refusal_of(server, "dynamodb", *keys[:2]) == ("UnrecognizedClientException", 400)
    assert refusal_of(server, "sns", *keys[:2], "wrong") == ("InvalidClientTokenId", 403)
    assert refusal_of(server, "s3", *keys[:2], "wrong") == ("InvalidToken", 400)


def test_expired_credentials_are_refused_as_expired(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = {"auth": "on", "clock": "virtual", "root_access_key_id": ROOT[0], "root_secret_access_key": ROOT[1]}
    server = ServerProcess(tmp_path_factory.mktemp("expiry"), settings)
    try:
        given = client_of(server, "sts", *ROOT).get_session_token(DurationSeconds=900)["Credentials"]
        keys = given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]
        SERVICES["sqs"](client_of(server, "sqs", *keys))
        urllib.request.urlopen(f"{server.endpoint}/_serein/clock", b'{"advance_seconds": 901}').close()
        assert refusal_of(server, "dynamodb", *keys) == ("ExpiredTokenException", 400)
        assert refusal_of(server, "lambda", *keys) == ("ExpiredTokenException", 403)
        assert refusal_of(server, "sts", *keys) == ("ExpiredToken", 403)
        assert refusal_of(server, "s3", *keys) == ("ExpiredToken", 400)
    finally:
        server.stop()


def test_a_function_calls_back_as_its_role(
    server: ServerProcess, user: tuple[str, str], bucket: str, role: str
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", HANDLER)
    lambda_ = client_of(server, "lambda", *user)
    lambda_.create_function(
        FunctionName="caller",
        Runtime="python3.12",
        Role=role,
        Handler="index.handler",
        Timeout=30,
        Code={"ZipFile": packed.getvalue()},
    )
    reply = lambda_.invoke(FunctionName="caller", Payload=json.dumps({"bucket": bucket}))
    assert "FunctionError" not in reply, reply["Payload"].read()
    assert json.load(reply["Payload"])["arn"] == "arn:aws:sts::000000000000:assumed-role/worker/caller"
    stored = client_of(server, "s3", *user).head_object(Bucket=bucket, Key="from-function")
    assert stored["ContentLength"] == 100_000


def test_half_a_root_key_is_no_setting(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(ServerDidNotStart, match="given together"):
        ServerProcess(tmp_path_factory.mktemp("half"), {"auth": "on", "root_access_key_id": ROOT[0]})
