"""The policy simulator, and what AWS's own policies say."""

import json

import pytest
from botocore.exceptions import ClientError

BUCKET = "arn:aws:s3:::amzn-s3-demo-bucket"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
)
MANAGED = "arn:aws:iam::aws:policy/"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(action, resource="*", effect="Allow", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def refusal(call, **request):
    with pytest.raises(ClientError) as refused:
        call(**request)
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


@pytest.fixture
def iam(aws):
    return aws.client("iam")


def decisions(reply):
    return [each["EvalDecision"] for each in reply["EvaluationResults"]]


def test_policies_that_are_given_are_simulated_for_each_action_and_resource(iam):
    policies = [
        document(statement("s3:*", f"{BUCKET}/*")),
        document(statement("s3:DeleteObject", effect="Deny")),
    ]
    reply = iam.simulate_custom_policy(
        PolicyInputList=policies,
        ActionNames=["s3:GetObject", "s3:DeleteObject"],
        ResourceArns=[f"{BUCKET}/a", BUCKET],
    )
    shown = [(each["EvalActionName"], each["EvalResourceName"]) for each in reply["EvaluationResults"]]
    assert shown == [
        (action, resource) for action in ("s3:GetObject", "s3:DeleteObject") for resource in (f"{BUCKET}/a", BUCKET)
    ]
    assert decisions(reply) == ["allowed", "implicitDeny", "explicitDeny", "explicitDeny"]
    matched = [[found["SourcePolicyId"] for found in each["MatchedStatements"]] for each in reply["EvaluationResults"]]
    assert matched == [["PolicyInputList.1"], [], ["PolicyInputList.2"], ["PolicyInputList.2"]]
    assert decisions(iam.simulate_custom_policy(PolicyInputList=policies, ActionNames=["s3:GetObject"])) == [
        "implicitDeny"
    ]


def test_a_statement_is_told_by_its_place_in_the_document(iam):
    text = '{\n  "Version": "2012-10-17",\n  "Statement": {\n    "Effect": "Allow",\n    "Action": "*",\n' + (
        '    "Resource": "*"\n  }\n}'
    )
    (result,) = iam.simulate_custom_policy(PolicyInputList=[text], ActionNames=["a:b"])["EvaluationResults"]
    (found,) = result["MatchedStatements"]
    assert (found["StartPosition"], found["EndPosition"]) == ({"Line": 3, "Column": 16}, {"Line": 7, "Column": 4})
    line = '{"Id":"x","Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"a:c","Resource":"*"},'
    line += '{"Effect":"Allow","Action":"a:b","Resource":"*"}]}'
    (result,) = iam.simulate_custom_policy(PolicyInputList=[line], ActionNames=["a:b"])["EvaluationResults"]
    (found,) = result["MatchedStatements"]
    start, end = found["StartPosition"]["Column"] - 1, found["EndPosition"]["Column"] - 1
    assert json.loads(line[start:end])["Action"] == "a:b"


def test_conditions_are_met_by_context_entries_and_missing_ones_are_named(iam):
    near = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}
    ask = {"PolicyInputList": [document(statement("s3:*", Condition=near))], "ActionNames": ["s3:GetObject"]}
    (result,) = iam.simulate_custom_policy(**ask)["EvaluationResults"]
    assert result["EvalDecision"] == "implicitDeny"
    assert sorted(result["MissingContextValues"]) == ["aws:MultiFactorAuthPresent", "aws:SourceIp"]
    entries = [
        {"ContextKeyName": "aws:SourceIp", "ContextKeyType": "ip", "ContextKeyValues": ["10.1.2.3"]},
        {"ContextKeyName": "aws:multifactorauthpresent", "ContextKeyType": "boolean", "ContextKeyValues": ["true"]},
    ]
    (result,) = iam.simulate_custom_policy(**ask, ContextEntries=entries)["EvaluationResults"]
    assert (result["EvalDecision"], result["MissingContextValues"]) == ("allowed", [])
    other = {**ask, "ActionNames": ["sqs:SendMessage"]}
    assert iam.simulate_custom_policy(**other)["EvaluationResults"][0]["MissingContextValues"] == []


def test_a_boundary_and_a_resource_policy_count(aws, iam):
    everything = [document(statement("*"))]
    limit = [document(statement("s3:Get*"))]
    reply = iam.simulate_custom_policy(
        PolicyInputList=everything,
        PermissionsBoundaryPolicyInputList=limit,
        ActionNames=["s3:GetObject", "s3:PutObject"],
    )
    assert decisions(reply) == ["allowed", "implicitDeny"]
    allowed = [
        each["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"] for each in reply["EvaluationResults"]
    ]
    assert allowed == [True, False]
    caller = f"arn:aws:iam::{aws.account}:user/ann"
    grant = document({**statement("s3:GetObject", f"{BUCKET}/*"), "Principal": {"AWS": caller}})
    ask = {
        "PolicyInputList": [document(statement("sqs:*"))],
        "ActionNames": ["s3:GetObject"],
        "ResourceArns": [f"{BUCKET}/a"],
        "ResourcePolicy": grant,
    }
    assert refusal(iam.simulate_custom_policy, **ask)[0] == "InvalidInput"
    assert decisions(iam.simulate_custom_policy(**ask, CallerArn=caller)) == ["allowed"]
    away = iam.simulate_custom_policy(**ask, CallerArn=caller, ResourceOwner="arn:aws:iam::999999999999:root")
    assert decisions(away) == ["implicitDeny"]
    assert away["EvaluationResults"][0]["EvalDecisionDetails"] == {
        "IAM Policy": "implicitDeny",
        "Resource Policy": "allowed",
    }


def test_results_come_in_pages(iam):
    ask = {"PolicyInputList": [document(statement("*"))], "ActionNames": [f"s3:Get{n}" for n in range(5)]}
    first = iam.simulate_custom_policy(**ask, MaxItems=3)
    rest = iam.simulate_custom_policy(**ask, MaxItems=3, Marker=first["Marker"])
    assert (first["IsTruncated"], rest["IsTruncated"]) == (True, False)
    assert [len(each["EvaluationResults"]) for each in (first, rest)] == [3, 2]
    assert refusal(iam.simulate_custom_policy, **ask, Marker="x")[0] == "ValidationError"


def test_a_user_has_its_own_policies_and_those_of_its_groups(aws, iam):
    arn = iam.create_user(UserName="ann", Path="/staff/", Tags=[{"Key": "team", "Value": "blue"}])["User"]["Arn"]
    iam.create_group(GroupName="readers")
    iam.add_user_to_group(GroupName="readers", UserName="ann")

    def decision(action, resource="*", **more):
        reply = iam.simulate_principal_policy(
            PolicySourceArn=arn, ActionNames=[action], ResourceArns=[resource], **more
        )
        (result,) = reply["EvaluationResults"]
        return result["EvalDecision"], [found["SourcePolicyId"] for found in result["MatchedStatements"]]

    assert decision("s3:GetObject", f"{BUCKET}/ann/x") == ("implicitDeny", [])
    own = statement("s3:*", BUCKET + "/${aws:username}/*")
    iam.put_user_policy(UserName="ann", PolicyName="home", PolicyDocument=document(own))
    assert decision("s3:GetObject", f"{BUCKET}/ann/x") == ("allowed", ["user_ann_home"])
    assert decision("s3:GetObject", f"{BUCKET}/bob/x") == ("implicitDeny", [])
    tagged = {"StringEquals": {"aws:PrincipalTag/team": "blue"}}
    iam.put_group_policy(
        GroupName="readers", PolicyName="blue", PolicyDocument=document(statement("sqs:*", Condition=tagged))
    )
    assert decision("sqs:SendMessage") == ("allowed", ["group_readers_blue"])
    iam.tag_user(UserName="ann", Tags=[{"Key": "team", "Value": "red"}])
    assert decision("sqs:SendMessage") == ("implicitDeny", [])
    made = iam.create_policy(PolicyName="sender", PolicyDocument=document(statement("sns:Publish")))["Policy"]["Arn"]
    iam.attach_group_policy(GroupName="readers", PolicyArn=made)
    assert decision("sns:Publish") == ("allowed", ["sender"])
    for identifier in (
        {"PolicyArn": made},
        {"PolicyArn": made[:-3] + "*"},
        {"PolicyType": "user-managed"},
    ):
        assert decision("sns:Publish", PolicyExclusionList=[identifier]) == ("implicitDeny", [])
    home = {"PolicyName": "home", "AttachmentType": "user", "AttachmentName": "ann"}
    for identifier in ({"InlinePolicyIdentifier": home}, {"PolicyType": "inline"}):
        assert decision("sns:Publish", PolicyExclusionList=[identifier])[0] == "allowed"
        assert decision("s3:GetObject", f"{BUCKET}/ann/x", PolicyExclusionList=[identifier])[0] == "implicitDeny"
    iam.create_policy_version(PolicyArn=made, PolicyDocument=document(statement("sns:List*")), SetAsDefault=True)
    assert decision("sns:Publish") == ("implicitDeny", [])
    more = [document(statement("sns:*", effect="Deny"))]
    assert decision("sns:ListTopics", PolicyInputList=more) == ("explicitDeny", ["PolicyInputList.1"])
    iam.put_user_permissions_boundary(UserName="ann", PermissionsBoundary=f"{MANAGED}AmazonSQSReadOnlyAccess")
    assert decision("s3:GetObject", f"{BUCKET}/ann/x") == ("implicitDeny", [])
    unlimited = [{"PolicyType": "permission-boundary"}]
    assert decision("s3:GetObject", f"{BUCKET}/ann/x", PolicyExclusionList=unlimited)[0] == "allowed"
    iam.delete_user_permissions_boundary(UserName="ann")
    assert decision("s3:GetObject", f"{BUCKET}/ann/x")[0] == "allowed"
    assert refusal(iam.delete_user_permissions_boundary, UserName="ann")[0] == "NoSuchEntity"
    iam.remove_user_from_group(GroupName="readers", UserName="ann")
    assert decision("sns:ListTopics") == ("implicitDeny", [])


@pytest.mark.parametrize(
    ("policy", "action", "outcome"),
    [
        ("service-role/AWSLambdaBasicExecutionRole", "logs:PutLogEvents", "allowed"),
        ("service-role/AWSLambdaBasicExecutionRole", "sqs:ReceiveMessage", "implicitDeny"),
        ("service-role/AWSLambdaSQSQueueExecutionRole", "sqs:ReceiveMessage", "allowed"),
        ("service-role/AWSLambdaDynamoDBExecutionRole", "dynamodb:GetRecords", "allowed"),
        ("service-role/AWSLambdaKinesisExecutionRole", "kinesis:GetRecords", "allowed"),
        ("service-role/AWSLambdaVPCAccessExecutionRole", "ec2:CreateNetworkInterface", "allowed"),
        ("AdministratorAccess", "anything:AtAll", "allowed"),
        ("ReadOnlyAccess", "dynamodb:GetItem", "allowed"),
        ("ReadOnlyAccess", "dynamodb:PutItem", "implicitDeny"),
        ("PowerUserAccess", "iam:CreateUser", "implicitDeny"),
        ("AmazonS3ReadOnlyAccess", "s3:GetObject", "allowed"),
        ("AmazonS3ReadOnlyAccess", "s3:PutObject", "implicitDeny"),
        ("AmazonSQSFullAccess", "sqs:DeleteQueue", "allowed"),
        ("AmazonDynamoDBFullAccess", "dynamodb:DeleteTable", "allowed"),
    ],
)
def test_a_role_with_a_policy_of_awss_own_may_what_that_says(iam, policy, action, outcome):
    arn = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    iam.attach_role_policy(RoleName="worker", PolicyArn=MANAGED + policy)
    assert decisions(iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=[action])) == [outcome]


def test_policies_of_awss_own_are_shown(iam):
    arn = f"{MANAGED}service-role/AWSLambdaBasicExecutionRole"
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    found = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
    assert "logs:PutLogEvents" in found["Document"]["Statement"][0]["Action"]
    assert [each["VersionId"] for each in iam.list_policy_versions(PolicyArn=arn)["Versions"]] == [version]
    assert refusal(iam.get_policy_version, PolicyArn=arn, VersionId="v999")[0] == "NotImplemented"
    assert refusal(iam.get_policy_version, PolicyArn=f"{MANAGED}Unheard", VersionId="v1")[0] == "NotImplemented"


def test_what_cannot_be_simulated_is_refused(aws, iam):
    simulate, custom = iam.simulate_principal_policy, iam.simulate_custom_policy
    users = f"arn:aws:iam::{aws.account}:user/"
    assert refusal(simulate, PolicySourceArn=f"{users}nobody", ActionNames=["a:b"])[0] == "NoSuchEntity"
    topic = f"arn:aws:sns:us-east-1:{aws.account}:topic-of-mine"
    assert refusal(simulate, PolicySourceArn=topic, ActionNames=["a:b"])[0] == "InvalidInput"
    iam.create_user(UserName="ann")
    for wrong in ({"PolicyArn": "arn:aws:iam::*:policy/x"}, {"PolicyArn": "no-arn-but-long-enough"}):
        ask = {"PolicySourceArn": f"{users}ann", "ActionNames": ["a:b"], "PolicyExclusionList": [wrong]}
        assert refusal(simulate, **ask)[0] == "InvalidInput"
    assert refusal(custom, PolicyInputList=["{}"], ActionNames=["a:b"])[0] == "InvalidInput"
    fine = {"PolicyInputList": [document(statement("*"))], "ActionNames": ["a:b"]}
    assert refusal(custom, **fine, ResourceHandlingOption="EC2-VPC-InstanceStore")[0] == "NotImplemented"
    assert refusal(custom, **fine, CallerArn=f"arn:aws:iam::{aws.account}:role/worker")[0] == "InvalidInput"
    arn = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    iam.attach_role_policy(RoleName="worker", PolicyArn=f"{MANAGED}Unheard")
    code, message = refusal(simulate, PolicySourceArn=arn, ActionNames=["a:b"])
    assert (code, message) == ("NotImplemented", f"Serein does not have the document of {MANAGED}Unheard")


def test_the_keys_that_policies_read_are_told(aws, iam):
    condition = {"StringEquals": {"s3:prefix": "${aws:username}", "aws:PrincipalTag/team": "x"}}
    text = document(statement("s3:*", BUCKET + "/${aws:userid}", Condition=condition))
    expected = ["aws:PrincipalTag/team", "aws:userid", "aws:username", "s3:prefix"]
    assert iam.get_context_keys_for_custom_policy(PolicyInputList=[text])["ContextKeyNames"] == expected
    arn = iam.create_user(UserName="ann")["User"]["Arn"]
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=text)
    assert iam.get_context_keys_for_principal_policy(PolicySourceArn=arn)["ContextKeyNames"] == expected


def test_a_policy_with_a_condition_that_is_none_is_refused(iam):
    iam.create_user(UserName="ann")
    wrong = document(statement("s3:*", Condition={"StringIs": {"a:b": "c"}}))
    assert refusal(iam.put_user_policy, UserName="ann", PolicyName="p", PolicyDocument=wrong) == (
        "MalformedPolicyDocument",
        "Invalid Condition type : StringIs.",
    )
