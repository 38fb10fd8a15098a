"""Topics of stacks: what of their properties has an effect."""

import json

TEMPLATE = {
    "Resources": {
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {
                "TopicName": "orders.fifo",
                "FifoTopic": True,
                "FifoThroughputScope": "MessageGroup",
                "ArchivePolicy": {"MessageRetentionPeriod": "7"},
                "DeliveryStatusLogging": [
                    {
                        "Protocol": "sqs",
                        "SuccessFeedbackSampleRate": "100",
                        "SuccessFeedbackRoleArn": "arn:aws:iam::123456789012:role/feedback",
                    }
                ],
            },
        },
        "Private": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"DataProtectionPolicy": {"Name": "p", "Version": "2021-06-01", "Statement": []}},
        },
    },
    "Outputs": {"Topic": {"Value": {"Ref": "Topic"}}, "Private": {"Value": {"Ref": "Private"}}},
}


def test_a_stack_makes_topics_with_archives_logging_and_protection(aws):
    cloudformation, sns = aws.client("cloudformation"), aws.client("sns")
    cloudformation.create_stack(StackName="topics", TemplateBody=json.dumps(TEMPLATE))
    aws.idle()
    (stack,) = cloudformation.describe_stacks(StackName="topics")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    attributes = sns.get_topic_attributes(TopicArn=outputs["Topic"])["Attributes"]
    assert json.loads(attributes["ArchivePolicy"]) == {"MessageRetentionPeriod": "7"}
    assert attributes["FifoThroughputScope"] == "MessageGroup"
    assert attributes["SQSSuccessFeedbackSampleRate"] == "100"
    policy = json.loads(sns.get_data_protection_policy(ResourceArn=outputs["Private"])["DataProtectionPolicy"])
    assert policy["Name"] == "p"
    cloudformation.delete_stack(StackName="topics")
    aws.idle()
    assert sns.list_topics()["Topics"] == []
