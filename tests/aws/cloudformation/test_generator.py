"""The IaC generator: scans of what there is, and templates made of it."""

import json

import pytest
from botocore.exceptions import ClientError

ROLE = {"Version": "2012-10-17", "Statement": []}


def refusal(function, **request):
    with pytest.raises(ClientError) as caught:
        function(**request)
    return caught.value.response["Error"]["Code"]


class Generator:
    """An account with some resources, and the ways to scan and to generate."""

    def __init__(self, stacks):
        self.aws, self.client, self.stacks = stacks.aws, stacks.client, stacks

    def scan(self, **options):
        scan_id = self.client.start_resource_scan(**options)["ResourceScanId"]
        self.aws.idle()
        return self.client.describe_resource_scan(ResourceScanId=scan_id)

    def found(self, scan, **options):
        reply = self.client.list_resource_scan_resources(ResourceScanId=scan["ResourceScanId"], **options)
        return {it["ResourceType"]: it for it in reply["Resources"]}

    def make(self, resources, name="made", **options):
        self.client.create_generated_template(GeneratedTemplateName=name, Resources=resources, **options)
        self.aws.idle()
        return self.client.describe_generated_template(GeneratedTemplateName=name)

    def template(self, name="made"):
        return json.loads(self.client.get_generated_template(GeneratedTemplateName=name)["TemplateBody"])


@pytest.fixture
def generator(stacks):
    return Generator(stacks)


def test_a_scan_lists_what_there_is_and_whose_it_is(generator):
    url = generator.aws.client("sqs").create_queue(QueueName="loose", tags={"team": "a"})["QueueUrl"]
    generator.stacks.create("app", "Resources: {Topic: {Type: AWS::SNS::Topic}}")
    scan = generator.scan()
    assert (scan["Status"], scan["PercentageCompleted"]) == ("COMPLETE", 100.0)
    assert scan["ResourcesScanned"] >= 2 and "AWS::SQS::Queue" in scan["ResourceTypes"]
    found = generator.found(scan)
    assert found["AWS::SQS::Queue"]["ResourceIdentifier"] == {"QueueUrl": url}
    assert found["AWS::SQS::Queue"]["ManagedByStack"] is False
    assert found["AWS::SNS::Topic"]["ManagedByStack"] is True
    assert generator.found(scan, ResourceTypePrefix="AWS::SNS").keys() == {"AWS::SNS::Topic"}
    assert generator.found(scan, TagKey="team", TagValue="a").keys() == {"AWS::SQS::Queue"}
    assert generator.found(scan, ResourceIdentifier=url).keys() == {"AWS::SQS::Queue"}
    part = generator.scan(ScanFilters=[{"Types": ["AWS::SNS::*"]}])
    assert part["ScanFilters"] == [{"Types": ["AWS::SNS::*"]}]
    assert generator.found(part).keys() == {"AWS::SNS::Topic"}
    summaries = generator.client.list_resource_scans(ScanTypeFilter="FULL")["ResourceScanSummaries"]
    assert [it["ResourceScanId"] for it in summaries] == [scan["ResourceScanId"]]
    unknown = scan["ResourceScanId"][:-1] + "x"
    assert refusal(generator.client.describe_resource_scan, ResourceScanId=unknown) == "ResourceScanNotFound"


def test_a_generated_template_makes_the_same_resources_with_references(generator):
    sqs = generator.aws.client("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
    url = sqs.create_queue(QueueName="work", Attributes={"RedrivePolicy": policy, "DelaySeconds": "5"})["QueueUrl"]
    generator.aws.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument=json.dumps(ROLE))
    resources = [
        {"ResourceType": "AWS::SQS::Queue", "ResourceIdentifier": {"QueueUrl": dead}, "LogicalResourceId": "Dead"},
        {"ResourceType": "AWS::SQS::Queue", "ResourceIdentifier": {"QueueUrl": url}, "LogicalResourceId": "Work"},
        {"ResourceType": "AWS::IAM::Role", "ResourceIdentifier": {"RoleName": "role"}},
    ]
    made = generator.make(
        resources, TemplateConfiguration={"DeletionPolicy": "DELETE", "UpdateReplacePolicy": "RETAIN"}
    )
    assert (made["Status"], made["Progress"]["ResourcesSucceeded"]) == ("COMPLETE", 3)
    template = generator.template()
    work = template["Resources"]["Work"]
    assert work["Properties"]["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["Dead", "Arn"]}
    assert (work["Properties"]["DelaySeconds"], work["DeletionPolicy"]) == (5, "Delete")
    role = next(name for name in template["Resources"] if name.startswith("IAMRole00role00"))
    assert template["Resources"][role]["Properties"]["AssumeRolePolicyDocument"] == ROLE
    related = generator.scan()
    asked = [{"ResourceType": "AWS::SQS::Queue", "ResourceIdentifier": {"QueueUrl": url}}]
    found = generator.client.list_resource_scan_related_resources(
        ResourceScanId=related["ResourceScanId"], Resources=asked
    )["RelatedResources"]
    assert [it["ResourceIdentifier"] for it in found] == [{"QueueUrl": dead}]
    for queue in (url, dead):
        sqs.delete_queue(QueueUrl=queue)
    generator.aws.client("iam").delete_role(RoleName="role")
    body = generator.client.get_generated_template(GeneratedTemplateName="made", Format="YAML")["TemplateBody"]
    again = generator.stacks.create("again", body, Capabilities=["CAPABILITY_NAMED_IAM"])
    assert again["StackStatus"] == "CREATE_COMPLETE"
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"]
    assert attributes == {"DelaySeconds": "5"}


def test_a_generated_template_is_changed_and_deleted(generator):
    url = generator.aws.client("sqs").create_queue(QueueName="loose")["QueueUrl"]
    queue = {"ResourceType": "AWS::SQS::Queue", "ResourceIdentifier": {"QueueUrl": url}, "LogicalResourceId": "Queue"}
    gone = {"ResourceType": "AWS::SNS::Topic", "ResourceIdentifier": {"TopicArn": "arn:aws:sns:us-east-1:1:none"}}
    generator.stacks.create("app", "Resources: {Topic: {Type: AWS::SNS::Topic}}")
    made = generator.make([queue, gone], StackName="app")
    states = {it["ResourceType"]: it["ResourceStatus"] for it in made["Resources"]}
    assert states == {"AWS::SQS::Queue": "COMPLETE", "AWS::SNS::Topic": "FAILED"} and "StackId" in made
    assert generator.template()["Resources"].keys() == {"Queue", "Topic"}
    client = generator.client
    client.update_generated_template(
        GeneratedTemplateName="made", NewGeneratedTemplateName="other", RemoveResources=["Queue"]
    )
    generator.aws.idle()
    assert generator.template("other")["Resources"].keys() == {"Topic"}
    client.update_generated_template(GeneratedTemplateName="other", AddResources=[queue], RefreshAllResources=True)
    generator.aws.idle()
    assert generator.template("other")["Resources"].keys() == {"Queue", "Topic"}
    assert [it["GeneratedTemplateName"] for it in client.list_generated_templates()["Summaries"]] == ["other"]
    assert refusal(client.create_generated_template, GeneratedTemplateName="other") == "AlreadyExistsException"
    assert refusal(client.update_generated_template, GeneratedTemplateName="other", RemoveResources=["No"]) == (
        "ValidationError"
    )
    client.delete_generated_template(GeneratedTemplateName="other")
    for function in (client.describe_generated_template, client.get_generated_template):
        assert refusal(function, GeneratedTemplateName="other") == "GeneratedTemplateNotFound"


def test_what_a_resource_does_not_tell_becomes_a_parameter(generator, tmp_path):
    source = "Resources: {F: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.11, Handler: index.handler,"
    source += " FunctionName: own, Role: 'arn:aws:iam::123456789012:role/r', Code: {ZipFile: 'pass'}}}}"
    generator.stacks.create("app", source)
    function = {"ResourceType": "AWS::Lambda::Function", "ResourceIdentifier": {"FunctionName": "own"}}
    made = generator.make([function | {"LogicalResourceId": "Own"}])
    assert made["TotalWarnings"] == 1
    assert made["Resources"][0]["Warnings"][0]["Properties"] == [{"PropertyPath": "Code", "Required": True}]
    template = generator.template()
    assert template["Resources"]["Own"]["Properties"]["Code"] == {
        "S3Bucket": {"Ref": "OwnCodeS3Bucket"},
        "S3Key": {"Ref": "OwnCodeS3Key"},
    }
    assert template["Parameters"].keys() == {"OwnCodeS3Bucket", "OwnCodeS3Key"}
    unknown = {"ResourceType": "AWS::None::Here", "ResourceIdentifier": {"Id": "x"}}
    assert (
        refusal(generator.client.create_generated_template, GeneratedTemplateName="x", Resources=[unknown])
        == "ValidationError"
    )


@pytest.mark.parametrize("bus", ["default", "own"])
def test_a_scanned_rule_is_imported_by_its_arn_and_known_by_its_name(generator, bus):
    events = generator.aws.client("events")
    if bus != "default":
        events.create_event_bus(Name=bus)
    pattern = json.dumps({"source": ["a"]})
    arn = events.put_rule(Name="rule", EventBusName=bus, EventPattern=pattern)["RuleArn"]
    resource = {"ResourceType": "AWS::Events::Rule", "ResourceIdentifier": {"Arn": arn}, "LogicalResourceId": "Rule"}
    generator.make([resource])
    body = json.dumps(generator.template())
    generator.client.create_change_set(
        StackName="app",
        ChangeSetName="import",
        ChangeSetType="IMPORT",
        TemplateBody=body,
        ResourcesToImport=[resource],
    )
    generator.aws.idle()
    generator.client.execute_change_set(StackName="app", ChangeSetName="import")
    assert generator.stacks.rest("app")["StackStatus"] == "IMPORT_COMPLETE"
    assert generator.stacks.physical_ids("app") == {"Rule": "rule" if bus == "default" else "own|rule"}
    drift = generator.client.detect_stack_resource_drift(StackName="app", LogicalResourceId="Rule")
    assert drift["StackResourceDrift"]["StackResourceDriftStatus"] == "IN_SYNC"
