"""`auth: on`: an application of SAM works as it is, with the permissions that SAM makes for it."""

import json
import urllib.request

import pytest

from tests.aws.policies.conftest import Guarded

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Heard: {Type: AWS::SQS::Queue, Properties: {QueueName: heard-by-application}}
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: of-application}}
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: guarded-of-application}}
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: of-application}}
  Listener:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Timeout: 30
      InlineCode: |
        import json, os, boto3
        def handler(event, context):
            found = event.get("Records", [{}])[0]
            source = found.get("EventSource") or found.get("eventSource") or event.get("source") or "http"
            boto3.client("sqs").send_message(QueueUrl=os.environ["HEARD"], MessageBody=source)
            return {"statusCode": 200, "body": "heard"}
      Environment: {Variables: {HEARD: !Ref Heard}}
      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt Heard.QueueName}}]
      Events:
        News: {Type: SNS, Properties: {Topic: !Ref Topic}}
        Upload: {Type: S3, Properties: {Bucket: !Ref Bucket, Events: "s3:ObjectCreated:*"}}
        Sold:
          Type: EventBridgeRule
          Properties: {EventBusName: !Ref Bus, Pattern: {source: [shop]}}
        Visit: {Type: HttpApi, Properties: {Path: /visit, Method: get}}
  Told:
    Type: AWS::SQS::Queue
    Properties: {QueueName: told-by-application}
  Tells:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Told]
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: sns.amazonaws.com}
            Action: sqs:SendMessage
            Resource: !GetAtt Told.Arn
            Condition: {ArnEquals: {aws:SourceArn: !Ref Topic}}
  Subscription:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref Topic, Protocol: sqs, Endpoint: !GetAtt Told.Arn, RawMessageDelivery: true}
Outputs:
  Url: {Value: !Sub "${ServerlessHttpApi}"}
  Topic: {Value: !Ref Topic}
  Heard: {Value: !Ref Heard}
  Told: {Value: !Ref Told}
"""


@pytest.fixture(scope="module")
def outputs(guarded: Guarded) -> dict[str, str]:
    cloudformation = guarded.client("cloudformation")
    capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    cloudformation.create_stack(StackName="application", TemplateBody=TEMPLATE, Capabilities=capabilities)
    guarded.idle()
    (stack,) = cloudformation.describe_stacks(StackName="application")["Stacks"]
    events = cloudformation.describe_stack_events(StackName="application")["StackEvents"]
    reasons = [event.get("ResourceStatusReason") for event in events if "FAILED" in event["ResourceStatus"]]
    assert stack["StackStatus"] == "CREATE_COMPLETE", reasons
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def test_topics_buckets_and_buses_call_the_function(guarded: Guarded, outputs: dict[str, str]) -> None:
    guarded.client("sns").publish(TopicArn=outputs["Topic"], Message="news")
    assert guarded.received(outputs["Heard"]) == ["aws:sns"]
    assert guarded.received(outputs["Told"]) == ["news"]
    guarded.client("s3").put_object(Bucket="guarded-of-application", Key="a", Body=b"x")
    assert guarded.received(outputs["Heard"]) == ["aws:s3"]
    entry = {"Source": "shop", "DetailType": "sold", "Detail": json.dumps({}), "EventBusName": "of-application"}
    guarded.client("events").put_events(Entries=[entry])
    assert guarded.received(outputs["Heard"]) == ["shop"]


def test_the_api_calls_the_function(guarded: Guarded, outputs: dict[str, str]) -> None:
    port = guarded.endpoint.rpartition(":")[2]
    url = f"http://127.0.0.1:{port}/visit"
    host = f"{outputs['Url']}.execute-api.localhost:{port}"
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Host": host})) as reply:
        assert reply.read() == b"heard"
    assert guarded.received(outputs["Heard"]) == ["http"]
