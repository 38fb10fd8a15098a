"""The registry of types, hooks and what else an account has of CloudFormation."""

import json

import pytest
from botocore.exceptions import ClientError

UNKNOWN = "00000000-0000-4000-a000-000000000000"


@pytest.fixture
def client(aws):
    return aws.client("cloudformation")


def refusal(function, **request):
    with pytest.raises(ClientError) as caught:
        function(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_awss_types_are_listed_by_prefix_and_page(client):
    filters = {"Category": "AWS_TYPES", "TypeNamePrefix": "AWS::SQS::"}
    found = client.list_types(Visibility="PUBLIC", Type="RESOURCE", Filters=filters)["TypeSummaries"]
    assert [it["TypeName"] for it in found] == [
        "AWS::SQS::Queue",
        "AWS::SQS::QueueInlinePolicy",
        "AWS::SQS::QueuePolicy",
    ]
    assert found[0]["TypeArn"] == "arn:aws:cloudformation:us-east-1::type/resource/AWS-SQS-Queue"
    pages = list(client.get_paginator("list_types").paginate(Visibility="PUBLIC"))
    names = [it["TypeName"] for page in pages for it in page["TypeSummaries"]]
    assert len(names) == len(set(names)) > 1_000 and len(pages) > 10
    immutable = client.list_types(Visibility="PUBLIC", ProvisioningType="IMMUTABLE")["TypeSummaries"]
    assert immutable and not {it["TypeName"] for it in immutable} & set(names)
    assert client.list_types()["TypeSummaries"] == []
    assert client.list_types(Visibility="PUBLIC", Type="HOOK")["TypeSummaries"] == []


def test_a_type_is_described_with_its_schema(client):
    found = client.describe_type(Type="RESOURCE", TypeName="AWS::SQS::Queue")
    assert (found["ProvisioningType"], found["Visibility"]) == ("FULLY_MUTABLE", "PUBLIC")
    schema = json.loads(found["Schema"])
    assert schema["typeName"] == "AWS::SQS::Queue" and schema["primaryIdentifier"] == ["/properties/QueueUrl"]
    assert schema["createOnlyProperties"] == ["/properties/FifoQueue", "/properties/QueueName"]
    assert schema["properties"]["Tags"]["items"] == {"$ref": "#/definitions/Tag"}
    assert schema["tagging"] == {"taggable": True, "tagProperty": "/properties/Tags"}
    assert client.describe_type(Arn=found["Arn"])["Schema"] == found["Schema"]
    assert client.list_type_versions(Type="RESOURCE", TypeName="AWS::SQS::Queue")["TypeVersionSummaries"] == []
    assert refusal(client.describe_type, Type="RESOURCE", TypeName="AWS::None::Here") == (
        "TypeNotFoundException",
        "The type 'AWS::None::Here' cannot be found.",
    )
    assert refusal(client.list_type_versions, Type="RESOURCE", TypeName="AWS::None::Here")[0] == "CFNRegistryException"


def test_third_party_extensions_are_refused_by_name(client):
    package = {"TypeName": "My::Own::Type", "SchemaHandlerPackage": "s3://bucket/key.zip"}
    code, message = refusal(client.register_type, **package)
    assert code == "CFNRegistryException" and "My::Own::Type" in message
    for function in (
        client.deactivate_type,
        client.deregister_type,
        client.test_type,
        client.publish_type,
        client.set_type_default_version,
    ):
        assert refusal(function, Type="RESOURCE", TypeName="My::Own::Type")[0] == "TypeNotFoundException"
        assert refusal(function, Type="RESOURCE", TypeName="AWS::SQS::Queue")[0] == "CFNRegistryException"
    configuration = {"Type": "RESOURCE", "TypeName": "My::Own::Type", "Configuration": "{}"}
    assert refusal(client.set_type_configuration, **configuration)[0] == "TypeNotFoundException"
    assert refusal(client.activate_type, TypeName="My::Own::Type")[0] == "CFNRegistryException"
    assert refusal(client.register_publisher, AcceptTermsAndConditions=True)[0] == "CFNRegistryException"
    assert refusal(client.describe_publisher)[0] == "CFNRegistryException"
    token = UNKNOWN
    assert refusal(client.describe_type_registration, RegistrationToken=token)[0] == "CFNRegistryException"
    assert client.list_type_registrations()["RegistrationTokenList"] == []
    asked = [{"Type": "RESOURCE", "TypeName": "AWS::SQS::Queue"}]
    found = client.batch_describe_type_configurations(TypeConfigurationIdentifiers=asked)
    assert found["TypeConfigurations"] == [] and found["Errors"][0]["TypeConfigurationIdentifier"] == asked[0]
    progress = {"BearerToken": token, "OperationStatus": "SUCCESS"}
    assert refusal(client.record_handler_progress, **progress)[0] == "CFNRegistryException"


def test_there_are_no_hooks(client, aws):
    assert client.list_hook_results()["HookResults"] == []
    target = {"TargetType": "CHANGE_SET", "TargetId": "arn:aws:cloudformation:us-east-1:123456789012:changeSet/a/b"}
    assert refusal(client.list_hook_results, **target)[0] == "HookResultNotFound"
    assert refusal(client.list_hook_results, Status="HOOK_FAILED")[0] == "ValidationError"
    assert refusal(client.get_hook_result, HookResultId=UNKNOWN)[0] == "HookResultNotFound"
    template = "Resources: {Queue: {Type: AWS::SQS::Queue}}"
    request = {"StackName": "app", "ChangeSetName": "next", "ChangeSetType": "CREATE", "TemplateBody": template}
    client.create_change_set(**request)
    aws.idle()
    found = client.describe_change_set_hooks(StackName="app", ChangeSetName="next")
    assert (found["Hooks"], found["Status"]) == ([], "PLANNED")
    hooked = template + "\nHooks: {Green: {Type: AWS::CodeDeploy::BlueGreen}}"
    code, message = refusal(client.create_stack, StackName="hooked", TemplateBody=hooked)
    assert code == "ValidationError" and "Hooks" in message


def test_there_are_no_organizations(client):
    assert client.describe_organizations_access()["Status"] == "DISABLED"
    assert refusal(client.activate_organizations_access)[0] == "InvalidOperationException"
    assert refusal(client.deactivate_organizations_access)[0] == "InvalidOperationException"


def test_limits_are_told_and_costs_are_refused(client):
    limits = {it["Name"]: it["Value"] for it in client.describe_account_limits()["AccountLimits"]}
    assert limits == {"ConcurrentResourcesLimit": 2500, "StackLimit": 2000, "StackOutputsLimit": 200}
    template = "Resources: {Queue: {Type: AWS::SQS::Queue}}"
    assert refusal(client.estimate_template_cost, TemplateBody=template)[0] == "NotImplemented"
    assert refusal(client.estimate_template_cost, TemplateBody="Resources: {}")[0] == "ValidationError"
