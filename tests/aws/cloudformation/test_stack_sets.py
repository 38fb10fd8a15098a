"""Stack sets: one template in several accounts and regions of the server."""

import io
import zipfile

import pytest
from botocore.exceptions import ClientError

TEMPLATE = """
Parameters: {Delay: {Type: Number, Default: 0}, Name: {Type: String, Default: ''}}
Conditions: {Named: !Not [!Equals [!Ref Name, '']]}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {DelaySeconds: !Ref Delay, QueueName: !If [Named, !Ref Name, !Ref AWS::NoValue]}
Outputs: {Url: {Value: !Ref Queue}}
"""
BROKEN = "Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 99999}}}"
GATE = """
def handler(event, context):
    return {"Status": "FAILED"}
"""


class StackSets:
    """Drives stack sets over two accounts and two regions."""

    regions = ("us-east-1", "eu-west-1")

    def __init__(self, aws):
        self.aws = aws
        self.client = aws.client("cloudformation")
        self.accounts = [aws.account, f"{(int(aws.account) + 1) % 10**12:012}"]

    def create(self, template=TEMPLATE, **options):
        return self.client.create_stack_set(StackSetName="set", TemplateBody=template, **options)["StackSetId"]

    def fill(self, **options):
        asked = {"Accounts": self.accounts, "Regions": list(self.regions)} | options
        return self.end(self.client.create_stack_instances(StackSetName="set", **asked))

    def end(self, reply):
        self.aws.idle()
        return self.operation(reply["OperationId"])

    def operation(self, operation_id):
        return self.client.describe_stack_set_operation(StackSetName="set", OperationId=operation_id)[
            "StackSetOperation"
        ]

    def results(self, operation_id):
        found = self.client.list_stack_set_operation_results(StackSetName="set", OperationId=operation_id)
        return {(it["Account"], it["Region"]): it for it in found["Summaries"]}

    def instances(self):
        found = self.client.list_stack_instances(StackSetName="set")["Summaries"]
        return {(it["Account"], it["Region"]): it for it in found}

    def instance(self, account, region):
        return self.client.describe_stack_instance(
            StackSetName="set", StackInstanceAccount=account, StackInstanceRegion=region
        )["StackInstance"]

    def there(self, service, account, region):
        return self.aws.client(service, aws_access_key_id=account, region_name=region)

    def queues(self, account, region):
        return self.there("sqs", account, region).list_queues().get("QueueUrls", [])

    def delay(self, account, region):
        sqs = self.there("sqs", account, region)
        url = sqs.list_queues()["QueueUrls"][0]
        return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"]["DelaySeconds"]


@pytest.fixture
def sets(aws):
    return StackSets(aws)


def refusal(function, **request):
    with pytest.raises(ClientError) as caught:
        function(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_instances_are_stacks_in_other_accounts_and_regions(sets):
    set_id = sets.create(Description="queues", Tags=[{"Key": "team", "Value": "a"}])
    operation = sets.fill(OperationPreferences={"MaxConcurrentCount": 2, "FailureToleranceCount": 1})
    assert (operation["Status"], operation["Action"], operation["StackSetId"]) == ("SUCCEEDED", "CREATE", set_id)
    assert operation["EndTimestamp"] >= operation["CreationTimestamp"]
    found = sets.instances()
    assert set(found) == {(account, region) for account in sets.accounts for region in sets.regions}
    for (account, region), instance in found.items():
        assert (instance["Status"], instance["StackInstanceStatus"]["DetailedStatus"]) == ("CURRENT", "SUCCEEDED")
        assert instance["LastOperationId"] == operation["OperationId"]
        stack = sets.there("cloudformation", account, region).describe_stacks(StackName=instance["StackId"])["Stacks"][
            0
        ]
        assert stack["StackStatus"] == "CREATE_COMPLETE" and stack["StackName"].startswith("StackSet-set-")
        assert stack["Tags"] == [{"Key": "team", "Value": "a"}]
        assert stack["Outputs"][0]["OutputValue"] in sets.queues(account, region)
    described = sets.client.describe_stack_set(StackSetName="set")["StackSet"]
    assert described["Description"] == "queues" and described["Status"] == "ACTIVE"
    assert described["StackSetARN"].endswith(f":stackset/{set_id}") and described["PermissionModel"] == "SELF_MANAGED"
    assert sorted(described["Regions"]) == sorted(sets.regions)


def test_deleted_instances_take_their_stacks_with_them_unless_those_are_retained(sets):
    sets.create()
    sets.fill()
    first, second = sets.accounts
    kept = sets.client.delete_stack_instances(
        StackSetName="set", Accounts=[first], Regions=["us-east-1"], RetainStacks=True
    )
    assert sets.end(kept)["RetainStacks"] is True
    assert len(sets.queues(first, "us-east-1")) == 1
    assert refusal(sets.client.delete_stack_set, StackSetName="set")[0] == "StackSetNotEmptyException"
    gone = sets.client.delete_stack_instances(
        StackSetName="set", Accounts=sets.accounts, Regions=list(sets.regions), RetainStacks=False
    )
    assert sets.end(gone)["Status"] == "SUCCEEDED"
    assert sets.instances() == {} and sets.queues(second, "eu-west-1") == []
    sets.client.delete_stack_set(StackSetName="set")
    assert sets.client.list_stack_sets(Status="ACTIVE")["Summaries"] == []
    assert [it["Status"] for it in sets.client.list_stack_sets()["Summaries"]] == ["DELETED"]
    assert refusal(sets.client.list_stack_instances, StackSetName="set")[0] == "StackSetNotFoundException"
    sets.client.delete_stack_set(StackSetName="set")


def test_an_update_reaches_all_instances_and_keeps_their_overrides(sets):
    sets.create(Parameters=[{"ParameterKey": "Delay", "ParameterValue": "1"}])
    sets.fill(Accounts=sets.accounts[:1])
    first = sets.accounts[0]
    changed = sets.client.update_stack_instances(
        StackSetName="set",
        Accounts=[first],
        Regions=["eu-west-1"],
        ParameterOverrides=[{"ParameterKey": "Delay", "ParameterValue": "7"}],
    )
    assert sets.end(changed)["Action"] == "UPDATE"
    assert (sets.delay(first, "us-east-1"), sets.delay(first, "eu-west-1")) == ("1", "7")
    updated = sets.client.update_stack_set(
        StackSetName="set", UsePreviousTemplate=True, Parameters=[{"ParameterKey": "Delay", "ParameterValue": "2"}]
    )
    assert sets.end(updated)["Status"] == "SUCCEEDED"
    assert (sets.delay(first, "us-east-1"), sets.delay(first, "eu-west-1")) == ("2", "7")
    assert sets.instance(first, "eu-west-1")["ParameterOverrides"] == [{"ParameterKey": "Delay", "ParameterValue": "7"}]
    taken_back = sets.client.update_stack_instances(
        StackSetName="set", Accounts=[first], Regions=["eu-west-1"], ParameterOverrides=[]
    )
    sets.end(taken_back)
    assert sets.delay(first, "eu-west-1") == "2"


def test_an_update_of_some_instances_leaves_the_others_outdated(sets):
    sets.create()
    sets.fill(Accounts=sets.accounts[:1])
    first = sets.accounts[0]
    updated = sets.client.update_stack_set(
        StackSetName="set",
        TemplateBody=TEMPLATE,
        Parameters=[{"ParameterKey": "Delay", "ParameterValue": "3"}],
        Accounts=[first],
        Regions=["us-east-1"],
    )
    assert sets.end(updated)["Status"] == "SUCCEEDED"
    assert sets.instance(first, "us-east-1")["Status"] == "CURRENT"
    assert sets.instance(first, "eu-west-1")["Status"] == "OUTDATED"


def test_a_failure_beyond_the_tolerance_ends_the_operation(sets):
    sets.create(BROKEN)
    operation = sets.fill(OperationPreferences={"RegionOrder": ["eu-west-1", "us-east-1"]})
    assert operation["Status"] == "FAILED" and operation["StatusDetails"] == {"FailedStackInstancesCount": 1}
    results = sets.results(operation["OperationId"])
    first, second = sets.accounts
    assert results[first, "eu-west-1"]["Status"] == "FAILED"
    assert results[first, "eu-west-1"]["StatusReason"].startswith(
        "ResourceLogicalId:Queue, ResourceType:AWS::SQS::Queue, ResourceStatusReason:"
    )
    for place in ((second, "eu-west-1"), (first, "us-east-1"), (second, "us-east-1")):
        assert results[place]["Status"] == "CANCELLED"
        assert results[place]["StatusReason"] == "Cancelled since failure tolerance has exceeded"
    assert sets.instance(first, "eu-west-1")["Status"] == "OUTDATED"
    only = sets.client.list_stack_set_operation_results(
        StackSetName="set",
        OperationId=operation["OperationId"],
        Filters=[{"Name": "OPERATION_RESULT_STATUS", "Values": "FAILED"}],
    )
    assert len(only["Summaries"]) == 1


def test_failures_within_the_tolerance_let_the_operation_succeed(sets):
    sets.create()
    first = sets.accounts[0]
    sets.there("sqs", first, "us-east-1").create_queue(QueueName="taken", Attributes={"DelaySeconds": "9"})
    operation = sets.fill(
        ParameterOverrides=[{"ParameterKey": "Name", "ParameterValue": "taken"}],
        OperationPreferences={
            "FailureTolerancePercentage": 50,
            "MaxConcurrentPercentage": 100,
            "RegionConcurrencyType": "PARALLEL",
        },
    )
    assert operation["Status"] == "SUCCEEDED"
    statuses = {place: it["Status"] for place, it in sets.results(operation["OperationId"]).items()}
    assert statuses.pop((first, "us-east-1")) == "FAILED" and set(statuses.values()) == {"SUCCEEDED"}


def test_only_one_operation_runs_at_a_time_unless_execution_is_managed(sets):
    sets.create(
        """
Resources:
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  Wait: {Type: AWS::CloudFormation::WaitCondition, Properties: {Handle: !Ref Handle, Timeout: 60}}
"""
    )
    first = sets.accounts[0]
    began = sets.client.create_stack_instances(
        StackSetName="set", Accounts=[first], Regions=["us-east-1"], OperationId="one"
    )
    sets.aws.idle()
    assert sets.operation("one")["Status"] == "RUNNING" and began["OperationId"] == "one"
    code, message = refusal(
        sets.client.create_stack_instances, StackSetName="set", Accounts=[first], Regions=["eu-west-1"]
    )
    assert code == "OperationInProgressException" and "is in progress: one" in message
    assert refusal(sets.client.delete_stack_set, StackSetName="set")[0] == "OperationInProgressException"
    sets.client.stop_stack_set_operation(StackSetName="set", OperationId="one")
    sets.aws.idle()
    assert sets.operation("one")["Status"] == "STOPPING"
    sets.aws.advance(61)
    sets.aws.idle()
    assert sets.operation("one")["Status"] == "STOPPED"
    assert (
        refusal(sets.client.stop_stack_set_operation, StackSetName="set", OperationId="one")[0]
        == "InvalidOperationException"
    )


def test_managed_execution_queues_operations(sets):
    sets.create(ManagedExecution={"Active": True})
    first = sets.accounts[0]
    for region in sets.regions:
        sets.client.create_stack_instances(
            StackSetName="set", Accounts=[first], Regions=[region], OperationId=f"in-{region}"
        )
    sets.aws.idle()
    found = sets.client.list_stack_set_operations(StackSetName="set")["Summaries"]
    assert [(it["OperationId"], it["Status"]) for it in found] == [
        ("in-eu-west-1", "SUCCEEDED"),
        ("in-us-east-1", "SUCCEEDED"),
    ]
    code, _ = refusal(
        sets.client.create_stack_instances,
        StackSetName="set",
        Accounts=[first],
        Regions=["us-east-1"],
        OperationId="in-us-east-1",
    )
    assert code == "OperationIdAlreadyExistsException"


def test_an_account_gate_refuses_an_operation(sets):
    first = sets.accounts[0]
    functions = sets.there("lambda", first, "us-east-1")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", GATE)
    functions.create_function(
        FunctionName="AWSCloudFormationStackSetAccountGate",
        Runtime="python3.11",
        Handler="index.handler",
        Role=f"arn:aws:iam::{first}:role/r",
        Code={"ZipFile": packed.getvalue()},
    )
    sets.create()
    operation = sets.fill(Accounts=[first], Regions=["us-east-1"])
    assert operation["Status"] == "FAILED"
    (result,) = sets.results(operation["OperationId"]).values()
    assert result["AccountGateResult"] == {"Status": "FAILED"} and result["Status"] == "FAILED"
    assert sets.queues(first, "us-east-1") == []


def test_stacks_that_exist_are_imported_as_they_are(sets):
    stack_id = sets.client.create_stack(StackName="own", TemplateBody=TEMPLATE)["StackId"]
    sets.aws.idle()
    sets.client.create_stack_set(StackSetName="set", StackId=stack_id)
    imported = sets.end(sets.client.import_stacks_to_stack_set(StackSetName="set", StackIds=[stack_id]))
    assert (imported["Action"], imported["Status"]) == ("CREATE", "SUCCEEDED")
    (instance,) = sets.instances().values()
    assert (instance["StackId"], instance["Status"]) == (stack_id, "CURRENT")
    assert refusal(sets.client.import_stacks_to_stack_set, StackSetName="set", StackIds=[stack_id])[0] == (
        "ValidationError"
    )
    gone = stack_id.rpartition("/")[0] + "/none"
    assert refusal(sets.client.import_stacks_to_stack_set, StackSetName="set", StackIds=[gone])[0] == (
        "StackNotFoundException"
    )


def test_drift_of_a_stack_set_is_that_of_its_stacks(sets):
    sets.create()
    sets.fill(Accounts=sets.accounts[:1])
    first = sets.accounts[0]
    sets.client.update_stack_set(
        StackSetName="set", TemplateBody=TEMPLATE, Parameters=[{"ParameterKey": "Delay", "ParameterValue": "5"}]
    )
    sets.aws.idle()
    sqs = sets.there("sqs", first, "eu-west-1")
    sqs.set_queue_attributes(QueueUrl=sets.queues(first, "eu-west-1")[0], Attributes={"DelaySeconds": "8"})
    operation = sets.end(sets.client.detect_stack_set_drift(StackSetName="set"))
    details = operation["StackSetDriftDetectionDetails"]
    assert (details["DriftStatus"], details["DriftDetectionStatus"]) == ("DRIFTED", "COMPLETED")
    assert (details["TotalStackInstancesCount"], details["DriftedStackInstancesCount"]) == (2, 1)
    assert details["InSyncStackInstancesCount"] == 1
    assert sets.instance(first, "eu-west-1")["DriftStatus"] == "DRIFTED"
    assert sets.instance(first, "us-east-1")["DriftStatus"] == "IN_SYNC"
    drifts = sets.client.list_stack_instance_resource_drifts(
        StackSetName="set",
        StackInstanceAccount=first,
        StackInstanceRegion="eu-west-1",
        OperationId=operation["OperationId"],
        StackInstanceResourceDriftStatuses=["MODIFIED"],
    )["Summaries"]
    assert drifts[0]["PropertyDifferences"] == [
        {"PropertyPath": "/DelaySeconds", "ExpectedValue": "5", "ActualValue": "8", "DifferenceType": "NOT_EQUAL"}
    ]
    assert sets.client.list_stack_sets()["Summaries"][0]["DriftStatus"] == "DRIFTED"


def test_what_needs_an_organization_is_refused_by_name(sets):
    wanted = "You must enable organizations access to operate a service managed stack set"
    request = {"StackSetName": "set", "TemplateBody": TEMPLATE, "PermissionModel": "SERVICE_MANAGED"}
    assert refusal(sets.client.create_stack_set, **request) == ("ValidationError", wanted)
    assert refusal(sets.client.list_stack_sets, CallAs="DELEGATED_ADMIN") == ("ValidationError", wanted)
    sets.create()
    assert refusal(
        sets.client.create_stack_instances,
        StackSetName="set",
        DeploymentTargets={"OrganizationalUnitIds": ["ou-abcd-12345678"]},
        Regions=["us-east-1"],
    ) == ("ValidationError", "StackSets with SELF_MANAGED permission model can only have ACCOUNTS as target")
    assert refusal(sets.client.list_stack_set_auto_deployment_targets, StackSetName="set")[0] == (
        "InvalidOperationException"
    )
    assert refusal(sets.client.update_stack_set, StackSetName="set", AutoDeployment={"Enabled": True})[0] == (
        "ValidationError"
    )


def test_wrong_requests_are_refused_like_aws(sets):
    client = sets.client
    assert refusal(client.describe_stack_set, StackSetName="none")[0] == "StackSetNotFoundException"
    assert refusal(client.create_stack_set, StackSetName="set", TemplateBody="Resources: {}")[0] == "ValidationError"
    role = """
Resources:
  R: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}}}
"""
    assert refusal(client.create_stack_set, StackSetName="set", TemplateBody=role)[0] == (
        "InsufficientCapabilitiesException"
    )
    first = sets.create(ClientRequestToken="token")
    assert sets.create(ClientRequestToken="token") == first
    assert refusal(client.create_stack_set, StackSetName="set", TemplateBody=TEMPLATE)[0] == (
        "NameAlreadyExistsException"
    )
    place = {"StackSetName": "set", "StackInstanceAccount": sets.accounts[0], "StackInstanceRegion": "us-east-1"}
    assert refusal(client.describe_stack_instance, **place)[0] == "StackInstanceNotFoundException"
    targets = {"StackSetName": "set", "Accounts": sets.accounts, "Regions": ["us-east-1"]}
    assert refusal(client.update_stack_instances, **targets)[0] == "StackInstanceNotFoundException"
    assert refusal(client.describe_stack_set_operation, StackSetName="set", OperationId="x")[0] == (
        "OperationNotFoundException"
    )
    assert refusal(client.create_stack_instances, **(targets | {"Accounts": ["12"]}))[0] == "ValidationError"
    both = {"FailureToleranceCount": 1, "FailureTolerancePercentage": 1}
    assert refusal(client.create_stack_instances, **targets, OperationPreferences=both)[0] == "ValidationError"
    unknown = [{"ParameterKey": "None", "ParameterValue": "1"}]
    assert refusal(client.create_stack_instances, **targets, ParameterOverrides=unknown)[0] == "ValidationError"
    assert refusal(client.detect_stack_set_drift, StackSetName="set")[0] == "InvalidOperationException"


def resource_of(sets, accounts, regions, delay):
    queue = "{Type: 'AWS::SQS::Queue', Properties: {DelaySeconds: {Ref: Delay}}}"
    inner = "Parameters: {Delay: {Type: Number}}\\nResources: {Queue: " + queue + "}"
    return f"""
Resources:
  Set:
    Type: AWS::CloudFormation::StackSet
    Properties:
      StackSetName: set
      PermissionModel: SELF_MANAGED
      TemplateBody: "{inner}"
      Parameters: [{{ParameterKey: Delay, ParameterValue: '{delay}'}}]
      OperationPreferences: {{FailureToleranceCount: 1, MaxConcurrentCount: 2, RegionOrder: {list(regions)}}}
      StackInstancesGroup:
        - DeploymentTargets: {{Accounts: {accounts}}}
          Regions: {list(regions)}
Outputs: {{Id: {{Value: !GetAtt Set.StackSetId}}}}
"""


def test_a_stack_set_is_a_resource_of_a_stack(sets, stacks):
    made = stacks.create("outer", resource_of(sets, sets.accounts, sets.regions, 1))
    assert made["StackStatus"] == "CREATE_COMPLETE"
    assert stacks.outputs("outer")["Id"] == stacks.physical_ids("outer")["Set"]
    first, second = sets.accounts
    assert [sets.delay(account, region) for account in sets.accounts for region in sets.regions] == ["1"] * 4
    changed = stacks.update("outer", resource_of(sets, [first], sets.regions, 2))
    assert changed["StackStatus"] == "UPDATE_COMPLETE"
    assert [sets.delay(first, region) for region in sets.regions] == ["2"] * 2
    assert sets.queues(second, "us-east-1") == []
    grown = stacks.update("outer", resource_of(sets, sets.accounts, sets.regions[:1], 2))
    assert grown["StackStatus"] == "UPDATE_COMPLETE"
    assert set(sets.instances()) == {(first, "us-east-1"), (second, "us-east-1")}
    failed = stacks.update("outer", resource_of(sets, sets.accounts, sets.regions[:1], 99999))
    assert failed["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert sets.delay(first, "us-east-1") == "2"
    assert stacks.delete("outer")["StackStatus"] == "DELETE_COMPLETE"
    assert sets.queues(first, "us-east-1") == []
    assert sets.client.list_stack_sets(Status="ACTIVE")["Summaries"] == []
