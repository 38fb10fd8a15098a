"""Stack refactors: resources that change their stack and stay as they are."""

import pytest
from botocore.exceptions import ClientError

QUEUE = "  Queue: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 5}}\n"
TOPIC = "  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: hello}}\n"
BUS = "  Bus: {Type: AWS::Events::EventBus, Properties: {Name: bus}}\n"


def refusal(function, **request):
    with pytest.raises(ClientError) as caught:
        function(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


class Refactors:
    """Makes and executes refactors of stacks."""

    def __init__(self, stacks):
        self.client, self.stacks = stacks.client, stacks

    def create(self, templates, **options):
        definitions = [{"StackName": name, "TemplateBody": text} for name, text in templates.items()]
        made = self.client.create_stack_refactor(StackDefinitions=definitions, **options)["StackRefactorId"]
        self.stacks.aws.idle()
        return self.describe(made)

    def describe(self, refactor_id):
        return self.client.describe_stack_refactor(StackRefactorId=refactor_id)

    def execute(self, made):
        self.client.execute_stack_refactor(StackRefactorId=made["StackRefactorId"])
        self.stacks.aws.idle()
        return self.describe(made["StackRefactorId"])


@pytest.fixture
def refactors(stacks):
    return Refactors(stacks)


def mapping(source, destination):
    return {
        "Source": dict(zip(("StackName", "LogicalResourceId"), source, strict=True)),
        "Destination": dict(zip(("StackName", "LogicalResourceId"), destination, strict=True)),
    }


def test_a_resource_moves_to_another_stack_under_another_name_and_is_not_touched(refactors, stacks):
    stacks.create("one", "Resources:\n" + QUEUE + TOPIC)
    stacks.create("two", "Resources:\n" + BUS)
    url = stacks.physical_ids("one")["Queue"]
    made = refactors.create(
        {
            "one": "Resources:\n" + TOPIC,
            "two": "Resources:\n" + BUS + QUEUE.replace("Queue:", "Moved:", 1) + "Outputs: {Url: {Value: !Ref Moved}}",
        },
        ResourceMappings=[mapping(("one", "Queue"), ("two", "Moved"))],
        Description="apart",
    )
    assert (made["Status"], made["ExecutionStatus"], made["Description"]) == ("CREATE_COMPLETE", "AVAILABLE", "apart")
    assert len(made["StackIds"]) == 2 and stacks.physical_ids("one")["Queue"] == url
    (action,) = refactors.client.list_stack_refactor_actions(StackRefactorId=made["StackRefactorId"])[
        "StackRefactorActions"
    ]
    assert (action["Action"], action["Entity"], action["Detection"]) == ("MOVE", "RESOURCE", "MANUAL")
    assert action["PhysicalResourceId"] == url
    done = refactors.execute(made)
    assert done["ExecutionStatus"] == "EXECUTE_COMPLETE"
    assert stacks.physical_ids("one").keys() == {"Topic"}
    assert stacks.physical_ids("two")["Moved"] == url and stacks.outputs("two") == {"Url": url}
    assert stacks.describe("two")["StackStatus"] == "UPDATE_COMPLETE"
    sqs = stacks.aws.client("sqs")
    assert sqs.list_queues()["QueueUrls"] == [url]
    stacks.delete("one")
    assert sqs.list_queues()["QueueUrls"] == [url]
    stacks.update("two", "Resources:\n" + BUS + QUEUE.replace("Queue:", "Moved:", 1).replace("5", "6"))
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"]
    assert attributes == {"DelaySeconds": "6"}
    stacks.delete("two")
    assert sqs.list_queues().get("QueueUrls", []) == []


def test_a_stack_is_made_of_resources_that_are_found_by_themselves(refactors, stacks):
    stacks.create("one", "Resources:\n" + QUEUE + TOPIC)
    url = stacks.physical_ids("one")["Queue"]
    templates = {
        "one": "Resources:\n" + TOPIC + "Outputs: {Url: {Value: !ImportValue url}}",
        "new": "Resources:\n" + QUEUE + "Outputs: {Url: {Value: !Ref Queue, Export: {Name: url}}}",
    }
    failed = refactors.create(templates)
    assert failed["Status"] == "CREATE_FAILED" and "EnableStackCreation" in failed["StatusReason"]
    made = refactors.create(templates, EnableStackCreation=True)
    assert made["Status"] == "CREATE_COMPLETE", made
    actions = refactors.client.list_stack_refactor_actions(StackRefactorId=made["StackRefactorId"])
    assert [(it["Action"], it["Entity"], it.get("Detection")) for it in actions["StackRefactorActions"]] == [
        ("CREATE", "STACK", None),
        ("MOVE", "RESOURCE", "AUTO"),
    ]
    assert refactors.execute(made)["ExecutionStatus"] == "EXECUTE_COMPLETE"
    assert stacks.describe("new")["StackStatus"] == "CREATE_COMPLETE"
    assert stacks.outputs("one") == stacks.outputs("new") == {"Url": url}
    assert refactors.client.list_imports(ExportName="url")["Imports"] == ["one"]
    assert refusal(refactors.client.execute_stack_refactor, StackRefactorId=made["StackRefactorId"])[0] == (
        "ValidationError"
    )
    found = refactors.client.list_stack_refactors(ExecutionStatusFilter=["EXECUTE_COMPLETE"])["StackRefactorSummaries"]
    assert [it["StackRefactorId"] for it in found] == [made["StackRefactorId"]]
    assert len(refactors.client.list_stack_refactors()["StackRefactorSummaries"]) == 2


@pytest.mark.parametrize(
    ("one", "two", "reason"),
    [
        (TOPIC, BUS, "can not delete resources: Queue of stack one"),
        (QUEUE + TOPIC, BUS + "  More: {Type: AWS::SQS::Queue}\n", "can not create resources: More of stack two"),
        (TOPIC, BUS + QUEUE.replace("5", "6"), "can not change properties: DelaySeconds of resource Queue"),
        (QUEUE + TOPIC, BUS, "move no resource"),
    ],
)
def test_what_would_make_lose_or_change_a_resource_fails_to_be_created(refactors, stacks, one, two, reason):
    stacks.create("one", "Resources:\n" + QUEUE + TOPIC)
    stacks.create("two", "Resources:\n" + BUS)
    made = refactors.create({"one": "Resources:\n" + one, "two": "Resources:\n" + two})
    assert (made["Status"], made["ExecutionStatus"]) == ("CREATE_FAILED", "UNAVAILABLE")
    assert reason in made["StatusReason"]
    assert refusal(refactors.client.execute_stack_refactor, StackRefactorId=made["StackRefactorId"])[0] == (
        "ValidationError"
    )


def test_a_refactor_of_stacks_that_changed_meanwhile_changes_nothing(refactors, stacks):
    stacks.create("one", "Resources:\n" + QUEUE + TOPIC)
    stacks.create("two", "Resources:\n" + BUS)
    made = refactors.create({"one": "Resources:\n" + TOPIC, "two": "Resources:\n" + BUS + QUEUE})
    stacks.update("two", "Resources:\n" + BUS + "Outputs: {Name: {Value: !Ref Bus}}")
    done = refactors.execute(made)
    assert done["ExecutionStatus"] == "EXECUTE_FAILED" and "has changed" in done["ExecutionStatusReason"]
    assert "Queue" in stacks.physical_ids("one")
    unknown = "00000000-0000-4000-a000-000000000000"
    assert refusal(refactors.client.describe_stack_refactor, StackRefactorId=unknown)[0] == (
        "StackRefactorNotFoundException"
    )


def test_a_moved_resource_gets_the_tags_of_its_new_stack(refactors, stacks):
    bus = BUS.replace("Bus:", "Own:")
    stacks.create("one", "Resources:\n" + QUEUE + TOPIC)
    stacks.create("two", "Resources:\n" + bus)
    arn = stacks.physical_ids("one")["Topic"]
    made = refactors.create({"one": "Resources:\n" + QUEUE, "two": "Resources:\n" + bus + TOPIC})
    assert refactors.execute(made)["ExecutionStatus"] == "EXECUTE_COMPLETE"
    found = stacks.aws.client("sns").list_tags_for_resource(ResourceArn=arn)["Tags"]
    tags = {tag["Key"]: tag["Value"] for tag in found}
    assert tags["aws:cloudformation:stack-name"] == "two"
    assert tags["aws:cloudformation:stack-id"] == stacks.describe("two")["StackId"]
