"""Properties are checked when a resource's turn comes, and refused in AWS's words."""

import pytest


def reason(stacks, resources, name="Q"):
    failed = stacks.create("app", resources)
    assert failed["StackStatus"] == "ROLLBACK_COMPLETE"
    return next(text for logical, status, text in stacks.events("app") if (logical, status) == (name, "CREATE_FAILED"))


@pytest.mark.parametrize(
    ("properties", "lines"),
    [
        ("{Colour: red}", "#: extraneous key [Colour] is not permitted"),
        ("{Tags: [{Key: a, Value: b, Colour: red}]}", "#/Tags/0: extraneous key [Colour] is not permitted"),
        ("{Tags: {a: b}}", "#/Tags: expected type: JSONArray, found: JSONObject"),
        (
            "{Colour: !Ref AWS::Region, Tags: [{Key: a}]}",
            "#: extraneous key [Colour] is not permitted\n#/Tags/0: required key [Value] not found",
        ),
    ],
)
def test_what_the_template_says_itself_is_refused_with_its_place(stacks, properties, lines):
    template = f"Resources: {{Q: {{Type: AWS::SQS::Queue, Properties: {properties}}}}}"
    assert reason(stacks, template) == f"Properties validation failed for resource Q with message:\n{lines}"


def test_what_a_function_gave_is_refused_by_the_handler(stacks):
    template = """
    Resources:
      Topic: {Type: AWS::SNS::Topic}
      Q: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !GetAtt Topic.TopicName}}
    """
    told = reason(stacks, template)
    start = 'Resource handler returned message: "Model validation failed (#/DelaySeconds: expected type: Number, found:'
    assert told.startswith(f'{start} String)" (RequestToken: ')
    assert told.endswith(", HandlerErrorCode: InvalidRequest)")


def test_a_type_outside_the_registry_is_refused_in_the_older_words(stacks):
    handle = "W: {Type: AWS::CloudFormation::WaitConditionHandle, Properties: {Colour: red}}"
    assert reason(stacks, f"Resources: {{{handle}}}", "W") == "Encountered unsupported property Colour"


def test_a_resource_that_comes_first_is_made_before_another_is_refused(stacks):
    template = """
    Resources:
      Topic: {Type: AWS::SNS::Topic}
      Q: {Type: AWS::SQS::Queue, DependsOn: Topic, Properties: {Colour: red}}
    """
    reason(stacks, template)
    assert ("Topic", "CREATE_COMPLETE") in [event[:2] for event in stacks.events("app")]


def test_texts_stand_for_numbers_and_booleans(aws, stacks):
    template = """
    Resources:
      Q: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: "5", FifoQueue: "true", ContentBasedDeduplication: "True"}}
    """
    assert stacks.create("app", template)["StackStatus"] == "CREATE_COMPLETE"
    found = aws.client("sqs").get_queue_attributes(QueueUrl=stacks.physical_ids("app")["Q"], AttributeNames=["All"])
    assert found["Attributes"]["DelaySeconds"] == "5"
    assert found["Attributes"]["ContentBasedDeduplication"] == "true"


def test_an_update_that_writes_a_value_otherwise_touches_nothing(stacks):
    template = (
        "Resources: {{Q: {{Type: AWS::SQS::Queue, Properties: {{FifoQueue: {}}}}}}}\nOutputs: {{O: {{Value: {}}}}}"
    )
    stacks.create("app", template.format("true", 1))
    before = stacks.physical_ids("app")
    updated = stacks.update("app", template.format('"true"', 2))
    assert updated["StackStatus"] == "UPDATE_COMPLETE"
    assert stacks.physical_ids("app") == before
    assert "Q" not in [event[0] for event in stacks.events("app")[-3:]]
