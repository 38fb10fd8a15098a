"""Resources of many types, each right and with what its second call refuses; and what they stand on."""

from typing import Any, NamedTuple

TRUST = {"Version": "2012-10-17", "Statement": []}
MISSING_POLICY = {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:policy/nowhere"}
OPENAPI = {"openapi": "3.0.1", "info": {"title": "half", "version": "1"}, "paths": {}}
KEY = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
CODE = {"Runtime": "python3.11", "Handler": "index.handler", "Code": {"ZipFile": "handler = None"}}


class Case(NamedTuple):
    type: str
    properties: dict[str, Any]
    wrong: dict[str, Any]
    """What the second call refuses."""


def arn(service: str, resource: str) -> dict[str, str]:
    return {"Fn::Sub": f"arn:aws:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}"}


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def base(name: str) -> dict[str, str]:
    return {"Fn::ImportValue": f"base-{name}"}


ROLE = {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/any"}
API = {"RestApiId": base("Api")}
BASE = {
    "Topic": ("SNS::Topic", {"TopicName": "base"}),
    "Queue": ("SQS::Queue", {"QueueName": "base"}),
    "Table": ("DynamoDB::Table", {"TableName": "base", **KEY}),
    "Api": ("ApiGateway::RestApi", {"Name": "base"}),
    "Path": (
        "ApiGateway::Resource",
        {"RestApiId": ref("Api"), "ParentId": {"Fn::GetAtt": ["Api", "RootResourceId"]}, "PathPart": "a"},
    ),
    "Get": (
        "ApiGateway::Method",
        {
            "RestApiId": ref("Api"),
            "ResourceId": ref("Path"),
            "HttpMethod": "GET",
            "AuthorizationType": "NONE",
            "Integration": {"Type": "MOCK"},
        },
    ),
    "Other": ("ApiGateway::RestApi", {"Name": "other"}),
    "OtherPath": (
        "ApiGateway::Resource",
        {"RestApiId": ref("Other"), "ParentId": {"Fn::GetAtt": ["Other", "RootResourceId"]}, "PathPart": "a"},
    ),
    "Application": ("CodeDeploy::Application", {"ApplicationName": "base", "ComputePlatform": "Lambda"}),
    "Role": ("IAM::Role", {"RoleName": "base", "AssumeRolePolicyDocument": TRUST}),
    "User": ("IAM::User", {"UserName": "base"}),
    "Group": ("IAM::Group", {"GroupName": "base"}),
    "Function": ("Lambda::Function", {"FunctionName": "base", "Role": ROLE, **CODE}),
    "Version": ("Lambda::Version", {"FunctionName": ref("Function")}),
    "Deployment": ("ApiGateway::Deployment", {"RestApiId": ref("Api")}),
}


def base_template() -> dict[str, Any]:
    resources: dict[str, Any] = {
        name: {"Type": f"AWS::{kind}", "Properties": properties} for name, (kind, properties) in BASE.items()
    }
    resources["Deployment"]["DependsOn"] = "Get"
    outputs = {name: {"Value": ref(name), "Export": {"Name": f"base-{name}"}} for name in BASE}
    return {"Resources": resources, "Outputs": outputs}


CASES = {
    "Topic": Case("SNS::Topic", {"TopicName": "half"}, {"Subscription": [{"Protocol": "sqs", "Endpoint": "x"}]}),
    "TopicPolicy": Case(
        "SNS::TopicPolicy",
        {"Topics": [base("Topic")], "PolicyDocument": TRUST},
        {"Topics": [base("Topic"), arn("sns", "nowhere")]},
    ),
    "QueuePolicy": Case(
        "SQS::QueuePolicy",
        {"Queues": [base("Queue")], "PolicyDocument": TRUST},
        {"Queues": [base("Queue"), {"Fn::Sub": ["${Url}-no", {"Url": base("Queue")}]}]},
    ),
    "Table": Case(
        "DynamoDB::Table",
        {"TableName": "half", "DeletionProtectionEnabled": True, **KEY},
        {"KinesisStreamSpecification": {"StreamArn": arn("kinesis", "stream/nowhere")}},
    ),
    "GlobalTable": Case(
        "DynamoDB::GlobalTable",
        {"TableName": "global", "Replicas": [{"Region": ref("AWS::Region"), "DeletionProtectionEnabled": True}], **KEY},
        {
            "Replicas": [
                {
                    "Region": ref("AWS::Region"),
                    "DeletionProtectionEnabled": True,
                    "KinesisStreamSpecification": {"StreamArn": arn("kinesis", "stream/nowhere")},
                }
            ]
        },
    ),
    "Stream": Case("Kinesis::Stream", {"Name": "half"}, {"RetentionPeriodHours": 1}),
    "Repository": Case("ECR::Repository", {"RepositoryName": "half"}, {"RepositoryPolicyText": "nonsense"}),
    "Bus": Case("Events::EventBus", {"Name": "half"}, {"Policy": "nonsense"}),
    "Rule": Case(
        "Events::Rule",
        {"Name": "half", "ScheduleExpression": "rate(1 day)", "State": "DISABLED"},
        {"Targets": [{"Id": "one", "Arn": "nonsense"}]},
    ),
    "DeploymentGroup": Case(
        "CodeDeploy::DeploymentGroup",
        {"ApplicationName": "base", "DeploymentGroupName": "half", "ServiceRoleArn": ROLE},
        {"Deployment": {"Revision": {"RevisionType": "S3", "S3Location": {"Bucket": "b", "Key": "nowhere"}}}},
    ),
    "ScalableTarget": Case(
        "ApplicationAutoScaling::ScalableTarget",
        {
            "ServiceNamespace": "dynamodb",
            "ResourceId": "table/base",
            "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
            "MinCapacity": 1,
            "MaxCapacity": 2,
        },
        {"ScheduledActions": [{"ScheduledActionName": "a", "Schedule": "nonsense"}]},
    ),
    "Bucket": Case("S3::Bucket", {}, {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "Id": "x"}]}}),
    "Role": Case(
        "IAM::Role", {"RoleName": "half", "AssumeRolePolicyDocument": TRUST}, {"ManagedPolicyArns": [MISSING_POLICY]}
    ),
    "User": Case("IAM::User", {"UserName": "half"}, {"Groups": ["base", "nowhere"]}),
    "Group": Case("IAM::Group", {"GroupName": "half"}, {"ManagedPolicyArns": [MISSING_POLICY]}),
    "ManagedPolicy": Case(
        "IAM::ManagedPolicy",
        {"ManagedPolicyName": "half", "PolicyDocument": TRUST, "Users": ["base"]},
        {"Users": ["base", "nowhere"]},
    ),
    "InlinePolicy": Case(
        "IAM::Policy",
        {"PolicyName": "half", "PolicyDocument": TRUST, "Users": ["base"]},
        {"Users": ["base", "nowhere"]},
    ),
    "Addition": Case(
        "IAM::UserToGroupAddition", {"GroupName": "base", "Users": ["base"]}, {"Users": ["base", "nowhere"]}
    ),
    "Profile": Case("IAM::InstanceProfile", {"InstanceProfileName": "half", "Roles": ["base"]}, {"Roles": ["nowhere"]}),
    "AccessKey": Case("IAM::AccessKey", {"UserName": "base"}, {"Status": "nonsense"}),
    "Function": Case(
        "Lambda::Function",
        {"FunctionName": "half", "Role": ROLE, **CODE},
        {"ReservedConcurrentExecutions": 100_000},
    ),
    "Alias": Case(
        "Lambda::Alias",
        {"FunctionName": "base", "FunctionVersion": "1", "Name": "half"},
        {"ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 100_000}},
    ),
    "RestApi": Case("ApiGateway::RestApi", {"Name": "half", "Body": OPENAPI}, {"MinimumCompressionSize": -5}),
    "Method": Case(
        "ApiGateway::Method",
        {
            "RestApiId": base("Other"),
            "ResourceId": base("OtherPath"),
            "HttpMethod": "PUT",
            "AuthorizationType": "NONE",
        },
        {"Integration": {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": "nonsense"}},
    ),
    "ApiDeployment": Case(
        "ApiGateway::Deployment", {**API, "StageName": "one"}, {"StageDescription": {"LoggingLevel": "NONSENSE"}}
    ),
    "Stage": Case(
        "ApiGateway::Stage",
        {**API, "StageName": "two", "DeploymentId": base("Deployment")},
        {"MethodSettings": [{"ResourcePath": "/*", "HttpMethod": "*", "LoggingLevel": "NONSENSE"}]},
    ),
    "HttpApi": Case("ApiGatewayV2::Api", {"Name": "half", "Body": OPENAPI}, {"CorsConfiguration": {"MaxAge": -5}}),
    "StackSet": Case(
        "CloudFormation::StackSet",
        {
            "StackSetName": "half",
            "PermissionModel": "SELF_MANAGED",
            "TemplateBody": '{"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}',
        },
        {
            "StackInstancesGroup": [
                {"DeploymentTargets": {"Accounts": [ref("AWS::AccountId")]}, "Regions": ["nonsense"]}
            ]
        },
    ),
}


LISTS = [
    ("sns", "list_topics", "Topics[].TopicArn", {}),
    ("dynamodb", "list_tables", "TableNames", {}),
    ("kinesis", "list_streams", "StreamNames", {}),
    ("ecr", "describe_repositories", "repositories[].repositoryName", {}),
    ("events", "list_event_buses", "EventBuses[].Name", {}),
    ("events", "list_rules", "Rules[].Name", {}),
    ("codedeploy", "list_deployment_groups", "deploymentGroups", {"applicationName": "base"}),
    (
        "application-autoscaling",
        "describe_scalable_targets",
        "ScalableTargets[].ResourceId",
        {"ServiceNamespace": "dynamodb"},
    ),
    ("s3", "list_buckets", "Buckets[].Name", {}),
    ("iam", "list_roles", "Roles[].RoleName", {}),
    ("iam", "list_users", "Users[].UserName", {}),
    ("iam", "list_groups", "Groups[].GroupName", {}),
    ("iam", "list_policies", "Policies[].PolicyName", {"Scope": "Local"}),
    ("iam", "list_user_policies", "PolicyNames", {"UserName": "base"}),
    ("iam", "list_attached_user_policies", "AttachedPolicies[].PolicyName", {"UserName": "base"}),
    ("iam", "list_access_keys", "AccessKeyMetadata[].AccessKeyId", {"UserName": "base"}),
    ("iam", "get_group", "Users[].UserName", {"GroupName": "base"}),
    ("iam", "list_instance_profiles", "InstanceProfiles[].InstanceProfileName", {}),
    ("lambda", "list_functions", "Functions[].FunctionName", {}),
    ("lambda", "list_aliases", "Aliases[].Name", {"FunctionName": "base"}),
    ("apigateway", "get_rest_apis", "items[].name", {}),
    ("apigatewayv2", "get_apis", "Items[].Name", {}),
    ("cloudformation", "list_stack_sets", "Summaries[].StackSetName", {"Status": "ACTIVE"}),
]
