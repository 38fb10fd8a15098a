"""Queues, topics and their policies as CloudFormation makes, changes and removes them."""

import copy
import json

import pytest

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
TEMPLATE = {
    "Resources": {
        "Dead": {"Type": "AWS::SQS::Queue"},
        "Orders": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": "orders",
                "VisibilityTimeout": 60,
                "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 3},
                "Tags": [{"Key": "a", "Value": "b"}],
            },
        },
        "Ordered": {"Type": "AWS::SQS::Queue", "Properties": {"FifoQueue": True, "ContentBasedDeduplication": True}},
        "Policy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {"Queues": [{"Ref": "Orders"}], "PolicyDocument": POLICY},
        },
        "News": {
            "Type": "AWS::SNS::Topic",
            "Properties": {
                "DisplayName": "News",
                "Subscription": [{"Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["Dead", "Arn"]}}],
            },
        },
        "Reader": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {
                "TopicArn": {"Ref": "News"},
                "Protocol": "sqs",
                "Endpoint": {"Fn::GetAtt": ["Orders", "Arn"]},
                "RawMessageDelivery": True,
                "FilterPolicy": {"kind": ["book"]},
            },
        },
        "NewsPolicy": {
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {"Topics": [{"Ref": "News"}], "PolicyDocument": POLICY},
        },
    },
    "Outputs": {
        "Url": {"Value": {"Ref": "Orders"}},
        "Ordered": {"Value": {"Fn::GetAtt": ["Ordered", "QueueName"]}},
        "Topic": {"Value": {"Ref": "News"}},
        "Reader": {"Value": {"Ref": "Reader"}},
    },
}


@pytest.fixture
def stacks(aws):
    return aws.client("cloudformation")


def outputs(aws, stacks, status):
    aws.idle()
    (stack,) = stacks.describe_stacks(StackName="s")["Stacks"]
    assert stack["StackStatus"] == status
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def test_a_stack_of_queues_and_topics_is_made_changed_and_removed(aws, stacks):
    sqs, sns = aws.client("sqs"), aws.client("sns")
    stacks.create_stack(StackName="s", TemplateBody=json.dumps(TEMPLATE))
    made = outputs(aws, stacks, "CREATE_COMPLETE")
    attributes = sqs.get_queue_attributes(QueueUrl=made["Url"], AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "60"
    assert json.loads(attributes["Policy"]) == POLICY
    assert json.loads(attributes["RedrivePolicy"])["maxReceiveCount"] == 3
    assert sqs.list_queue_tags(QueueUrl=made["Url"])["Tags"]["a"] == "b"
    assert made["Ordered"].endswith(".fifo")
    assert json.loads(sns.get_topic_attributes(TopicArn=made["Topic"])["Attributes"]["Policy"]) == POLICY
    assert len(sns.list_subscriptions_by_topic(TopicArn=made["Topic"])["Subscriptions"]) == 2

    changed = copy.deepcopy(TEMPLATE)
    changed["Resources"]["Orders"]["Properties"] = {"QueueName": "orders", "DelaySeconds": 5}
    changed["Resources"]["Reader"]["Properties"]["FilterPolicy"] = {"kind": ["pen"]}
    del changed["Resources"]["News"]["Properties"]["Subscription"]
    stacks.update_stack(StackName="s", TemplateBody=json.dumps(changed))
    made = outputs(aws, stacks, "UPDATE_COMPLETE")
    attributes = sqs.get_queue_attributes(QueueUrl=made["Url"], AttributeNames=["All"])["Attributes"]
    assert (attributes["VisibilityTimeout"], attributes["DelaySeconds"]) == ("30", "5")
    assert "RedrivePolicy" not in attributes
    assert "a" not in sqs.list_queue_tags(QueueUrl=made["Url"]).get("Tags", {})
    reader = sns.get_subscription_attributes(SubscriptionArn=made["Reader"])["Attributes"]
    assert json.loads(reader["FilterPolicy"]) == {"kind": ["pen"]}
    assert len(sns.list_subscriptions_by_topic(TopicArn=made["Topic"])["Subscriptions"]) == 1

    stacks.delete_stack(StackName="s")
    aws.idle()
    assert "QueueUrls" not in sqs.list_queues()
    assert sns.list_topics()["Topics"] == []


def test_an_inline_policy_belongs_to_one_queue_and_names_and_types_replace_it(aws, stacks):
    sqs = aws.client("sqs")
    template = {
        "Parameters": {"Name": {"Type": "String"}},
        "Resources": {
            "Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Name"}, "DelaySeconds": 3}},
            "Policy": {
                "Type": "AWS::SQS::QueueInlinePolicy",
                "Properties": {"Queue": {"Ref": "Jobs"}, "PolicyDocument": POLICY},
            },
        },
        "Outputs": {"Url": {"Value": {"Ref": "Jobs"}}, "Arn": {"Value": {"Fn::GetAtt": ["Jobs", "Arn"]}}},
    }

    def parameters(name):
        return [{"ParameterKey": "Name", "ParameterValue": name}]

    def policy_of(url):
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {})
        return json.loads(attributes.get("Policy", "null"))

    stacks.create_stack(StackName="s", TemplateBody=json.dumps(template), Parameters=parameters("first"))
    first = outputs(aws, stacks, "CREATE_COMPLETE")
    assert policy_of(first["Url"]) == POLICY
    sqs.send_message(QueueUrl=first["Url"], MessageBody="stays with the old queue")
    stacks.update_stack(StackName="s", TemplateBody=json.dumps(template), Parameters=parameters("second"))
    second = outputs(aws, stacks, "UPDATE_COMPLETE")
    assert second["Arn"].endswith(":second")
    assert policy_of(second["Url"]) == POLICY
    assert [url.rsplit("/", 1)[1] for url in sqs.list_queues()["QueueUrls"]] == ["second"]

    del template["Resources"]["Policy"]
    template["Resources"]["Jobs"]["Properties"]["VisibilityTimeout"] = 77
    stacks.update_stack(StackName="s", TemplateBody=json.dumps(template), Parameters=parameters("second"))
    assert outputs(aws, stacks, "UPDATE_COMPLETE") == second
    assert policy_of(second["Url"]) is None
    attributes = sqs.get_queue_attributes(QueueUrl=second["Url"], AttributeNames=["All"])["Attributes"]
    assert (attributes["VisibilityTimeout"], attributes["DelaySeconds"]) == ("77", "3")
