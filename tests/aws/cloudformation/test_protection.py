"""What keeps stacks from harm: policies, alarms, time limits, tokens; and how they get rid of what is stuck."""

import json

import pytest
from botocore.exceptions import ClientError

QUEUES = """
Resources:
  Kept: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 1}}
  Other: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 1}}
"""
TRUST = "{Version: '2012-10-17', Statement: []}"
STUCK = """
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Queue: {Type: AWS::SQS::Queue}
  Last: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Bucket}}
"""


def policy(*denied, resource="LogicalResourceId/Kept", **more):
    everything = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}
    denial = {"Effect": "Deny", "Action": list(denied), "Principal": "*", "Resource": resource, **more}
    return json.dumps({"Statement": [everything, denial]})


def message_of(caught):
    return caught.value.response["Error"]["Message"]


def failures(stacks, name="app"):
    return {event[0]: event[2] for event in stacks.events(name) if event[1].endswith("_FAILED")}


def test_a_protected_resource_is_not_changed(aws, stacks):
    stacks.create("app", QUEUES, StackPolicyBody=policy("Update:Modify"))
    before = stacks.physical_ids("app")
    assert stacks.update("app", QUEUES.replace("1", "2"))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert failures(stacks)["Kept"] == (
        "Action denied by stack policy: Statement [#2] does not allow [Update:Modify] for resource"
        " [LogicalResourceId/Kept]"
    )
    assert stacks.physical_ids("app") == before


@pytest.mark.parametrize(
    ("action", "template"),
    [
        ("Update:Replace", QUEUES.replace("{DelaySeconds: 1}", "{QueueName: chosen}", 1)),
        ("Update:Delete", "Resources: {Other: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 1}}}"),
        ("Update:*", QUEUES.replace("1", "2")),
    ],
)
def test_each_action_can_be_denied(stacks, action, template):
    stacks.create("app", QUEUES)
    stacks.client.set_stack_policy(StackName="app", StackPolicyBody=policy(action))
    assert json.loads(stacks.client.get_stack_policy(StackName="app")["StackPolicyBody"])["Statement"]
    assert stacks.update("app", template)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "denied by stack policy" in failures(stacks)["Kept"]


def test_a_policy_may_be_another_one_during_one_update(stacks):
    stacks.create("app", QUEUES, StackPolicyBody=policy("Update:*"))
    open_policy = policy("Update:*", resource="LogicalResourceId/Nothing")
    changed = stacks.update("app", QUEUES.replace("1", "2"), StackPolicyDuringUpdateBody=open_policy)
    assert changed["StackStatus"] == "UPDATE_COMPLETE"
    assert stacks.update("app", QUEUES.replace("1", "3"))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


def test_a_policy_may_speak_of_types(stacks):
    condition = {"StringEquals": {"ResourceType": ["AWS::SQS::Queue"]}}
    stacks.create("app", QUEUES, StackPolicyBody=policy("Update:Modify", resource="*", Condition=condition))
    assert stacks.update("app", QUEUES.replace("1", "2"))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.parametrize("text", ["{", "[]", '{"Statement": [{"Effect": "Perhaps"}]}', '{"Statement": 5}'])
def test_what_is_no_policy_is_refused(stacks, text):
    stacks.create("app", QUEUES)
    with pytest.raises(ClientError) as caught:
        stacks.client.set_stack_policy(StackName="app", StackPolicyBody=text)
    assert message_of(caught) == "Error validating stack policy: Invalid stack policy"


def test_a_policy_comes_from_s3_too(aws, stacks):
    bucket = aws.unique("policies")
    aws.client("s3").create_bucket(Bucket=bucket)
    aws.client("s3").put_object(Bucket=bucket, Key="p.json", Body=policy("Update:*").encode())
    stacks.create("app", QUEUES, StackPolicyURL=f"https://{bucket}.s3.amazonaws.com/p.json")
    assert stacks.update("app", QUEUES.replace("1", "2"))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


def alarm(aws, state):
    """Put an alarm that keeps its state while time goes by, and return its ARN."""
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="bad", Namespace="n", MetricName="m", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="breaching" if state == "ALARM" else "notBreaching",
    )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName="bad", StateValue=state, StateReason="test")
    return cloudwatch.describe_alarms(AlarmNames=["bad"])["MetricAlarms"][0]["AlarmArn"]


def triggers(arn, minutes):
    return {
        "RollbackTriggers": [{"Arn": arn, "Type": "AWS::CloudWatch::Alarm"}],
        "MonitoringTimeInMinutes": minutes,
    }


def test_an_alarm_takes_an_update_back_while_it_is_watched(aws, stacks):
    stacks.create("app", QUEUES)
    watch = triggers(alarm(aws, "OK"), 5)
    stacks.client.update_stack(StackName="app", TemplateBody=QUEUES.replace("1", "2"), RollbackConfiguration=watch)
    aws.idle()
    shown = stacks.describe("app")
    assert (shown["StackStatus"], shown["RollbackConfiguration"]) == ("UPDATE_IN_PROGRESS", watch)
    alarm(aws, "ALARM")
    aws.advance(20)
    assert stacks.rest("app")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    reason = {event[:2]: event[2] for event in stacks.events("app")}[("app", "UPDATE_ROLLBACK_IN_PROGRESS")]
    assert reason.startswith("The following rollback trigger(s) went into ALARM state: [")


def test_a_stack_stands_once_its_alarms_were_watched(aws, stacks):
    watch = triggers(alarm(aws, "OK"), 1)
    stacks.client.create_stack(StackName="app", TemplateBody=QUEUES, RollbackConfiguration=watch)
    aws.idle()
    assert stacks.describe("app")["StackStatus"] == "CREATE_IN_PROGRESS"
    aws.advance(61)
    assert stacks.rest("app")["StackStatus"] == "CREATE_COMPLETE"


def test_a_trigger_that_does_not_exist_fails_the_stack(aws, stacks):
    arn = f"arn:aws:cloudwatch:us-east-1:{aws.account}:alarm:none"
    created = stacks.create("app", QUEUES, RollbackConfiguration=triggers(arn, 1))
    assert created["StackStatus"] == "ROLLBACK_COMPLETE"
    with pytest.raises(ClientError) as caught:
        stacks.create("other", QUEUES, RollbackConfiguration=triggers("arn:aws:sqs:us-east-1:1:q", 1))
    assert "is not supported" in message_of(caught)


def test_a_creation_has_so_much_time_and_no_more(aws, stacks):
    template = """
Resources:
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  Wait: {Type: AWS::CloudFormation::WaitCondition, Properties: {Handle: !Ref Handle, Timeout: 9000}}
"""
    stacks.client.create_stack(StackName="app", TemplateBody=template, TimeoutInMinutes=2)
    aws.idle()
    assert stacks.describe("app")["StackStatus"] == "CREATE_IN_PROGRESS"
    aws.advance(121)
    assert stacks.rest("app")["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = {event[:2]: event[2] for event in stacks.events("app")}[("app", "ROLLBACK_IN_PROGRESS")]
    assert reason == "Stack creation time exceeded the specified timeout. Rollback requested by user."


def test_a_stack_that_cannot_be_deleted_is_deleted_without_what_is_stuck(aws, stacks):
    stack_id = stacks.create("app", STUCK)["StackId"]
    bucket = stacks.physical_ids("app")["Bucket"]
    aws.client("s3").put_object(Bucket=bucket, Key="k", Body=b"")
    with pytest.raises(ClientError) as caught:
        stacks.client.delete_stack(StackName="app", DeletionMode="FORCE_DELETE_STACK")
    assert "when the stack is in the DELETE_FAILED state" in message_of(caught)
    stacks.client.delete_stack(StackName="app")
    failed = stacks.rest("app")
    assert failed["StackStatus"] == "DELETE_FAILED"
    assert failed["StackStatusReason"] == "The following resource(s) failed to delete: [Bucket]. "
    stacks.client.delete_stack(StackName="app", DeletionMode="FORCE_DELETE_STACK")
    assert stacks.rest(stack_id)["StackStatus"] == "DELETE_COMPLETE"
    assert bucket in [it["Name"] for it in aws.client("s3").list_buckets()["Buckets"]]


def test_what_is_stuck_can_be_named_and_left(aws, stacks):
    stack_id = stacks.create("app", STUCK)["StackId"]
    aws.client("s3").put_object(Bucket=stacks.physical_ids("app")["Bucket"], Key="k", Body=b"")
    stacks.client.delete_stack(StackName="app")
    assert stacks.rest("app")["StackStatus"] == "DELETE_FAILED"
    stacks.client.delete_stack(StackName="app", RetainResources=["Bucket"])
    assert stacks.rest(stack_id)["StackStatus"] == "DELETE_COMPLETE"


def test_the_same_token_twice_is_one_request(stacks):
    first = stacks.create("app", QUEUES, ClientRequestToken="t1")
    again = stacks.client.create_stack(StackName="app", TemplateBody=QUEUES, ClientRequestToken="t1")
    assert again["StackId"] == first["StackId"]
    with pytest.raises(stacks.client.exceptions.TokenAlreadyExistsException):
        stacks.client.update_stack(StackName="app", TemplateBody=QUEUES.replace("1", "2"), ClientRequestToken="t1")
    changed = {"StackName": "app", "TemplateBody": QUEUES.replace("1", "2"), "ClientRequestToken": "t2"}
    assert stacks.client.update_stack(**changed)["OperationId"] == stacks.client.update_stack(**changed)["OperationId"]
    assert stacks.rest("app")["StackStatus"] == "UPDATE_COMPLETE"
    told = stacks.client.describe_stack_events(StackName="app")["StackEvents"]
    assert {it["ClientRequestToken"] for it in told} == {"t1", "t2"}


@pytest.mark.parametrize(
    ("policies", "message"),
    [
        ("DeletionPolicy: Perhaps", "Template error: Unrecognized DeletionPolicy type Perhaps for resource Q"),
        ("DeletionPolicy: Snapshot", "Template error: resource type AWS::SQS::Queue does not support deletion policy"),
        ("DeletionPolicy: !Sub 'x${P}'", "Template error: Unrecognized DeletionPolicy type xRetain for resource Q"),
        ("DeletionPolicy: !GetAtt Q.Arn", "Template format error: Every DeletionPolicy member must be a string."),
        ("DeletionPolicy: [Retain]", "Template format error: Every DeletionPolicy member must be a string."),
        ("UpdateReplacePolicy: RetainExceptOnCreate", "Template error: Unrecognized UpdateReplacePolicy type"),
    ],
)
def test_a_wrong_deletion_policy_is_refused(stacks, policies, message):
    template = "Parameters: {P: {Type: String, Default: Retain}}\nResources: {Q: {Type: AWS::SQS::Queue, %s}}"
    with pytest.raises(ClientError) as caught:
        stacks.create("app", template % policies)
    assert message_of(caught).startswith(message)


def test_a_deletion_policy_may_be_worked_out(aws, stacks):
    template = """
Parameters: {P: {Type: String, Default: Retain}}
Resources: {Q: {Type: AWS::SQS::Queue, DeletionPolicy: !Ref P}}
"""
    stacks.create("app", template)
    stacks.delete("app")
    assert len(aws.client("sqs").list_queues()["QueueUrls"]) == 1


@pytest.mark.parametrize(("environment", "left"), [("prod", 1), ("dev", 0)])
def test_a_deletion_policy_may_depend_on_a_condition(aws, stacks, environment, left):
    template = """
Parameters: {Environment: {Type: String}}
Conditions: {IsLasting: !Equals [!Ref Environment, prod]}
Resources: {Q: {Type: AWS::SQS::Queue, DeletionPolicy: !If [IsLasting, Retain, Delete]}}
"""
    given = [{"ParameterKey": "Environment", "ParameterValue": environment}]
    stacks.create("app", template, Parameters=given)
    stacks.delete("app")
    assert len(aws.client("sqs").list_queues().get("QueueUrls", [])) == left


def test_parameters_that_are_not_to_be_echoed_are_starred_in_events(stacks):
    template = """
Parameters: {Secret: {Type: String, NoEcho: true}}
Resources: {T: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Sub "x ${Secret}"}}}
"""
    stacks.create("app", template, Parameters=[{"ParameterKey": "Secret", "ParameterValue": "hush-hush"}])
    told = stacks.client.describe_stack_events(StackName="app")["StackEvents"]
    shown = {it["ResourceProperties"] for it in told if "ResourceProperties" in it}
    assert {json.loads(text).get("DisplayName") for text in shown} == {"x ****"}
