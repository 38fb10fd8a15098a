"""What stacks have to do with others: parents, outputs of others, topics that hear of them."""

import json

from botocore.exceptions import ClientError

CHILD = """
Parameters: {Delay: {Type: Number}}
Resources:
  First: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 3}}
  Queue: {Type: AWS::SQS::Queue, DependsOn: First, Properties: {DelaySeconds: !Ref Delay}}
"""
PARENT = """
Resources:
  Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: PLACE, Parameters: {Delay: 1}}}
"""


def parent(aws, child=CHILD):
    bucket = aws.unique("templates")
    aws.client("s3").create_bucket(Bucket=bucket)
    aws.client("s3").put_object(Bucket=bucket, Key="child", Body=child.encode())
    return bucket, PARENT.replace("PLACE", f"https://{bucket}.s3.amazonaws.com/child")


def test_a_nested_stack_that_fails_is_told_and_removed(aws, stacks):
    _, template = parent(aws)
    failed = stacks.create("app", template.replace("Delay: 1", "Delay: 90000"))
    assert failed["StackStatus"] == "ROLLBACK_COMPLETE"
    (reason,) = [event[2] for event in stacks.events("app") if event[:2] == ("Child", "CREATE_FAILED")]
    child_id = reason.split()[2]
    assert reason.startswith(f"Embedded stack {child_id} was not successfully created: The following resource(s)")
    statuses = [event[1] for event in stacks.events(child_id) if event[0].startswith("app-Child-")]
    assert statuses == ["CREATE_IN_PROGRESS", "CREATE_FAILED", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"]
    assert "QueueUrls" not in aws.client("sqs").list_queues()


def test_an_update_that_fails_in_a_nested_stack_is_taken_back_everywhere(aws, stacks):
    _, template = parent(aws)
    stacks.create("app", template)
    child = stacks.physical_ids("app")["Child"]
    queues = stacks.physical_ids(child)
    failed = stacks.update("app", template.replace("Delay: 1", "Delay: 90000"))
    assert failed["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stacks.describe(child)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    reasons = {event[:2]: event[2] for event in stacks.events("app")}
    assert reasons[("Child", "UPDATE_FAILED")].startswith(
        f"Embedded stack {child} was not successfully updated. Currently in UPDATE_ROLLBACK_IN_PROGRESS with reason:"
        " The following resource(s) failed to update: [Queue]."
    )
    assert stacks.physical_ids(child) == queues
    assert stacks.update("app", template.replace("Delay: 1", "Delay: 2"))["StackStatus"] == "UPDATE_COMPLETE"


def test_another_template_under_the_same_url_is_seen(aws, stacks):
    bucket, template = parent(aws)
    stacks.create("app", template)
    child = stacks.physical_ids("app")["Child"]
    more = CHILD + "  Third: {Type: AWS::SQS::Queue}\n"
    aws.client("s3").put_object(Bucket=bucket, Key="child", Body=more.encode())
    assert stacks.update("app", template)["StackStatus"] == "UPDATE_COMPLETE"
    assert sorted(stacks.physical_ids(child)) == ["First", "Queue", "Third"]
    changes = stacks.client.create_change_set(StackName="app", ChangeSetName="c", TemplateBody=template)
    aws.idle()
    (change,) = stacks.client.describe_change_set(ChangeSetName=changes["Id"])["Changes"]
    assert change["ResourceChange"]["Details"] == [
        {
            "Target": {"Attribute": "Properties", "RequiresRecreation": "Never"},
            "Evaluation": "Dynamic",
            "ChangeSource": "Automatic",
        }
    ]


def test_outputs_of_other_stacks_are_reached_without_exports(aws, stacks):
    stacks.create("one", "Resources: {Q: {Type: AWS::SQS::Queue}}\nOutputs: {Name: {Value: !GetAtt Q.QueueName}}")
    reader = """
Parameters: {Stack: {Type: String, Default: one}}
Resources:
  T: {Type: AWS::SNS::Topic}
Outputs:
  Name: {Value: {"Fn::GetStackOutput": {StackName: !Ref Stack, OutputName: Name}}}
"""
    stacks.create("two", reader)
    assert stacks.outputs("two")["Name"].startswith("one-Q-")
    assert stacks.create("three", reader, Parameters=[{"ParameterKey": "Stack", "ParameterValue": "none"}])[
        "StackStatus"
    ] == ("ROLLBACK_COMPLETE")
    stacks.delete("one")


def test_events_are_published_to_the_stacks_topics(aws, stacks):
    sqs, sns = aws.client("sqs"), aws.client("sns")
    url = sqs.create_queue(QueueName="heard")["QueueUrl"]
    topic = sns.create_topic(Name="told")["TopicArn"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    stack = stacks.create("app", "Resources: {T: {Type: AWS::SNS::Topic}}", NotificationARNs=[topic])
    heard = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            body = json.loads(message["Body"])
            assert body["Subject"] == "AWS CloudFormation Notification"
            lines = dict(line.split("=", 1) for line in body["Message"].splitlines())
            assert lines["StackId"] == f"'{stack['StackId']}'"
            heard.append((lines["LogicalResourceId"].strip("'"), lines["ResourceStatus"].strip("'")))
    assert sorted(heard) == sorted(event[:2] for event in stacks.events("app"))


def test_provisioned_concurrency_gets_ready_while_time_stands_still(stacks):
    template = """
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      Role: arn:aws:iam::123456789012:role/r
      Code: {ZipFile: "def handler(event, context): return 1"}
  V: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref F}}
  A:
    Type: AWS::Lambda::Alias
    Properties:
      FunctionName: !Ref F
      FunctionVersion: !GetAtt V.Version
      Name: live
      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}
"""
    assert stacks.create("app", template)["StackStatus"] == "CREATE_COMPLETE"


def test_two_operations_at_a_time_are_one_too_many(aws, stacks):
    template = """
Resources:
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  Wait: {Type: AWS::CloudFormation::WaitCondition, Properties: {Handle: !Ref Handle, Timeout: 9000}}
"""
    stack_id = stacks.client.create_stack(StackName="app", TemplateBody=template)["StackId"]
    aws.idle()
    try:
        stacks.client.update_stack(StackName="app", TemplateBody=template)
        raise AssertionError("a stack that is being made was updated")
    except ClientError as error:
        told = error.response["Error"]["Message"]
        assert told == f"Stack:{stack_id} is in CREATE_IN_PROGRESS state and can not be updated."
    stacks.client.delete_stack(StackName="app")
    assert stacks.rest(stack_id)["StackStatus"] == "DELETE_COMPLETE"
