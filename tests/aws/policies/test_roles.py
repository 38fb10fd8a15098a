"""`auth: on`: who may assume a role, and what its session is to policies."""

import json
import urllib.error
import urllib.request

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.aws.policies.conftest import OWNER, STRANGER, Guarded, allow, document


def refusal(call, **request):
    with pytest.raises(ClientError) as refused:
        call(**request)
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


def role(guarded: Guarded, name: str, *statements) -> str:
    trust = [{key: value for key, value in each.items() if key != "Resource"} for each in statements]
    made = guarded.client("iam").create_role(RoleName=name, Path="/x/", AssumeRolePolicyDocument=document(*trust))
    return str(made["Role"]["Arn"])


def test_a_trust_policy_says_who_assumes_a_role(guarded: Guarded) -> None:
    service = role(guarded, "for-a-service", allow({"Service": "lambda.amazonaws.com"}, "sts:AssumeRole", "*"))
    sts = guarded.client("sts")
    user = f"arn:aws:iam::{OWNER}:user/tester"
    assert refusal(sts.assume_role, RoleArn=service, RoleSessionName="night") == (
        "AccessDenied",
        f"User: {user} is not authorized to perform: sts:AssumeRole on resource: {service}",
    )
    mine = role(guarded, "for-a-user", allow({"AWS": user}, "sts:AssumeRole", "*"))
    assert sts.assume_role(RoleArn=mine, RoleSessionName="night")["Credentials"]
    assert (
        refusal(guarded.client("sts", STRANGER).assume_role, RoleArn=mine, RoleSessionName="night")[0] == "AccessDenied"
    )


def test_an_external_id_and_tags_are_conditions_of_trust(guarded: Guarded) -> None:
    theirs = {"AWS": STRANGER}
    secret = allow(theirs, "sts:AssumeRole", "*", StringEquals={"sts:ExternalId": "secret"})
    arn = role(guarded, "with-external-id", secret)
    sts = guarded.client("sts", STRANGER)
    ask = {"RoleArn": arn, "RoleSessionName": "night"}
    assert refusal(sts.assume_role, **ask)[0] == "AccessDenied"
    assert sts.assume_role(**ask, ExternalId="secret")["Credentials"]
    tags = [{"Key": "team", "Value": "blue"}]
    code, message = refusal(sts.assume_role, **ask, ExternalId="secret", Tags=tags)
    assert (code, "sts:TagSession" in message) == ("AccessDenied", True)


def test_a_session_is_its_role_to_policies_and_has_its_tags(guarded: Guarded) -> None:
    both = {**allow({"AWS": STRANGER}, "", "*"), "Action": ["sts:AssumeRole", "sts:TagSession"]}
    arn = role(guarded, "traveller", both)
    ask = {"RoleArn": arn, "RoleSessionName": "night", "Tags": [{"Key": "team", "Value": "blue"}]}
    given = guarded.client("sts", STRANGER).assume_role(**ask)["Credentials"]
    sqs = guarded.client_with("sqs", given)
    url, queue = guarded.queue("for-travellers", account=STRANGER)
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="x")[0] == "AccessDenied"
    for statement in (
        allow({"AWS": arn}, "sqs:SendMessage", queue),
        allow({"AWS": f"arn:aws:sts::{OWNER}:assumed-role/traveller/night"}, "sqs:SendMessage", queue),
        allow("*", "sqs:SendMessage", queue, ArnEquals={"aws:PrincipalArn": arn}),
        allow("*", "sqs:SendMessage", queue, StringEquals={"aws:PrincipalTag/Team": "blue"}),
    ):
        guarded.queue("for-travellers", statement, account=STRANGER)
        sqs.send_message(QueueUrl=url, MessageBody="x")
    guarded.queue("for-travellers", allow({"AWS": arn + "x"}, "sqs:*", queue), account=STRANGER)
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="x")[0] == "AccessDenied"


def test_a_session_policy_must_be_a_policy(guarded: Guarded) -> None:
    arn = role(guarded, "limited", allow({"AWS": OWNER}, "sts:AssumeRole", "*"))
    ask = {"RoleArn": arn, "RoleSessionName": "night"}
    sts = guarded.client("sts")
    assert refusal(sts.assume_role, **ask, Policy="nothing")[0] == "MalformedPolicyDocument"
    for wrong in (allow("*", "sqs:*", "*"), {"Effect": "Allow"}):
        assert refusal(sts.assume_role, **ask, Policy=document(wrong))[0] == "MalformedPolicyDocument"
    long = json.dumps({"Version": "2012-10-17", "Id": "x" * 2048, "Statement": []})
    assert refusal(sts.assume_role, **ask, Policy=long)[0] == "PackedPolicyTooLarge"


@pytest.fixture(scope="module")
def api(guarded: Guarded) -> str:
    """The id of an API whose routes want signatures and permissions."""
    told, _ = guarded.queue("told-by-api")
    function = guarded.function("called-by-api", told)
    permission = {"Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"}
    guarded.client("lambda").add_permission(FunctionName=function, StatementId="s", **permission)
    apis = guarded.client("apigatewayv2")
    made: str = apis.create_api(Name="guarded", ProtocolType="HTTP")["ApiId"]
    integration = apis.create_integration(
        ApiId=made, IntegrationType="AWS_PROXY", IntegrationUri=function, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    target = {"Target": f"integrations/{integration}", "AuthorizationType": "AWS_IAM"}
    apis.create_route(ApiId=made, RouteKey="GET /{name}", **target)
    apis.create_stage(ApiId=made, StageName="$default", AutoDeploy=True)
    return made


def status_of(guarded: Guarded, api: str, path: str, credentials: dict[str, str]) -> int:
    """What a signed request for a path of the API is answered."""
    port = guarded.endpoint.rpartition(":")[2]
    host = f"{api}.execute-api.localhost:{port}"
    request = AWSRequest("GET", f"http://127.0.0.1:{port}{path}", headers={"Host": host})
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    keys = Credentials(*(credentials.get(name) for name in names))
    SigV4Auth(keys, "execute-api", "us-east-1").add_auth(request)
    try:
        with urllib.request.urlopen(urllib.request.Request(request.url, headers=dict(request.headers))) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_an_api_asks_the_policies_of_who_signs(guarded: Guarded, api: str) -> None:
    iam = guarded.client("iam")
    iam.create_user(UserName="visitor")
    key = iam.create_access_key(UserName="visitor")["AccessKey"]
    assert status_of(guarded, api, "/a", key) == 403
    may = allow("", "execute-api:Invoke", f"arn:aws:execute-api:*:*:{api}/*/GET/a")
    del may["Principal"]
    iam.put_user_policy(UserName="visitor", PolicyName="a", PolicyDocument=document(may))
    assert [status_of(guarded, api, path, key) for path in ("/a", "/b")] == [200, 403]
    iam.delete_user_policy(UserName="visitor", PolicyName="a")
    assert status_of(guarded, api, "/a", key) == 403


def test_a_sessions_policy_limits_what_its_role_may(guarded: Guarded, api: str) -> None:
    iam, sts = guarded.client("iam"), guarded.client("sts")
    arn = role(guarded, "caller-of-api", allow({"AWS": OWNER}, "sts:AssumeRole", "*"))
    everything = {"Effect": "Allow", "Action": "execute-api:*", "Resource": "*"}
    iam.put_role_policy(RoleName="caller-of-api", PolicyName="all", PolicyDocument=document(everything))
    ask = {"RoleArn": arn, "RoleSessionName": "night"}
    whole = sts.assume_role(**ask)["Credentials"]
    assert [status_of(guarded, api, path, whole) for path in ("/a", "/b")] == [200, 200]
    only_a = {**everything, "Resource": f"arn:aws:execute-api:*:*:{api}/*/GET/a"}
    limited = sts.assume_role(**ask, Policy=document(only_a))["Credentials"]
    assert [status_of(guarded, api, path, limited) for path in ("/a", "/b")] == [200, 403]
    named = {"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/AmazonAPIGatewayInvokeFullAccess"}]}
    managed = sts.assume_role(**ask, **named)["Credentials"]
    assert status_of(guarded, api, "/b", managed) == 200
    iam.put_role_permissions_boundary(
        RoleName="caller-of-api", PermissionsBoundary="arn:aws:iam::aws:policy/AmazonSQSFullAccess"
    )
    assert status_of(guarded, api, "/a", whole) == 403
