"""Functions of serverless.yml, as the CloudFormation that the framework makes of them."""

from collections.abc import Callable
from typing import Any

import pytest

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.compilation import Compiled

Of = Callable[..., dict[str, Any]]
ARN = {"Fn::GetAtt": ["HelloDashworldLambdaFunction", "Arn"]}


def only_function(settings: str, provider: str = "") -> str:
    return (
        f"service: shop\nprovider: {{name: aws, runtime: python3.12{provider}}}\n"
        f"functions: {{hello-world: {{handler: a.b{settings}}}}}\n"
    )


def properties(resources: Of, settings: str, provider: str = "") -> dict[str, Any]:
    found: dict[str, Any] = resources(only_function(settings, provider))["HelloDashworldLambdaFunction"]["Properties"]
    return found


def test_a_function_has_the_names_and_defaults_of_the_framework(resources: Of) -> None:
    made = resources(only_function(""))
    assert list(made) == ["HelloDashworldLambdaFunction", "HelloDashworldLogGroup", "IamRoleLambdaExecution"]
    function = made["HelloDashworldLambdaFunction"]
    patterns = function.pop("Metadata")["serein:patterns"]
    assert "!.serverless/**" in patterns
    assert function == {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": "shop-dev-hello-world",
            "Handler": "a.b",
            "Runtime": "python3.12",
            "MemorySize": 1024,
            "Timeout": 6,
            "Role": {"Fn::GetAtt": ["IamRoleLambdaExecution", "Arn"]},
            "Code": ".",
        },
        "DependsOn": ["HelloDashworldLogGroup"],
    }
    assert made["HelloDashworldLogGroup"]["Properties"] == {"LogGroupName": "/aws/lambda/shop-dev-hello-world"}


def test_the_shared_role_is_the_framework_s(resources: Of) -> None:
    logs = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/shop-dev*"
    assert resources(only_function(""))["IamRoleLambdaExecution"] == {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": ["lambda.amazonaws.com"]},
                        "Action": ["sts:AssumeRole"],
                    }
                ],
            },
            "Policies": [
                {
                    "PolicyName": {"Fn::Join": ["-", ["shop", "dev", "lambda"]]},
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Action": ["logs:CreateLogStream", "logs:CreateLogGroup", "logs:TagResource"],
                                "Resource": [{"Fn::Sub": f"{logs}:*"}],
                            },
                            {
                                "Effect": "Allow",
                                "Action": ["logs:PutLogEvents"],
                                "Resource": [{"Fn::Sub": f"{logs}:*:*"}],
                            },
                        ],
                    },
                }
            ],
            "Path": "/",
            "RoleName": {"Fn::Join": ["-", ["shop", "dev", {"Ref": "AWS::Region"}, "lambdaRole"]]},
        },
    }


@pytest.mark.parametrize(
    ("settings", "provider", "expected"),
    [
        (", memorySize: 256, timeout: 9", ", memorySize: 512, timeout: 3", {"MemorySize": 256, "Timeout": 9}),
        ("", ", memorySize: 512, timeout: 3", {"MemorySize": 512, "Timeout": 3}),
        ("", ", architecture: arm64", {"Architectures": ["arm64"]}),
        (", runtime: nodejs20.x", "", {"Runtime": "nodejs20.x"}),
        (", name: own", "", {"FunctionName": "own"}),
        (", description: says", "", {"Description": "says"}),
        (", reservedConcurrency: 0", "", {"ReservedConcurrentExecutions": 0}),
        (", ephemeralStorageSize: 1024", "", {"EphemeralStorage": {"Size": 1024}}),
        (", tracing: true", "", {"TracingConfig": {"Mode": "Active"}}),
        ("", ", tracing: {lambda: PassThrough}", {"TracingConfig": {"Mode": "PassThrough"}}),
        (", snapStart: true", "", {"SnapStart": {"ApplyOn": "PublishedVersions"}}),
        (", layers: [x]", ", layers: [y]", {"Layers": ["x"]}),
        ("", ", layers: [y]", {"Layers": ["y"]}),
        (", onError: 'arn:aws:sns:a:b:t'", "", {"DeadLetterConfig": {"TargetArn": "arn:aws:sns:a:b:t"}}),
        (", kmsKeyArn: k", "", {"KmsKeyArn": "k"}),
        (", role: 'arn:aws:iam::1:role/r'", "", {"Role": "arn:aws:iam::1:role/r"}),
        (", role: Own", "", {"Role": {"Fn::GetAtt": ["Own", "Arn"]}}),
        ("", ", iam: {role: 'arn:aws:iam::1:role/r'}", {"Role": "arn:aws:iam::1:role/r"}),
        ("", ", role: 'arn:aws:iam::1:role/r'", {"Role": "arn:aws:iam::1:role/r"}),
        (", logs: {logFormat: JSON}", "", {"LoggingConfig": {"LogFormat": "JSON"}}),
        (
            ", runtimeManagement: onFunctionUpdate",
            "",
            {"RuntimeManagementConfig": {"UpdateRuntimeOn": "FunctionUpdate"}},
        ),
        (
            ", environment: {B: 2, C: null}",
            ", environment: {A: 1, B: 1, C: 1}",
            {"Environment": {"Variables": {"A": 1, "B": 2}}},
        ),
        (
            ", tags: {b: '2'}",
            ", tags: {a: '1'}",
            {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]},
        ),
        (
            ", vpc: {subnetIds: [s2]}",
            ", vpc: {securityGroupIds: [g], subnetIds: [s]}",
            {"VpcConfig": {"SecurityGroupIds": ["g"], "SubnetIds": ["s2"]}},
        ),
        (
            ", fileSystemConfig: {arn: f, localMountPath: /mnt/x}",
            "",
            {"FileSystemConfigs": [{"Arn": "f", "LocalMountPath": "/mnt/x"}]},
        ),
    ],
    ids=str,
)
def test_each_setting_has_its_property(resources: Of, settings: str, provider: str, expected: dict[str, Any]) -> None:
    found = properties(resources, settings, provider)
    assert {name: found.get(name) for name in expected} == expected


def test_a_function_without_a_vpc_has_none_of_the_provider(resources: Of) -> None:
    assert "VpcConfig" not in properties(resources, ", vpc: null", ", vpc: {securityGroupIds: [g], subnetIds: [s]}")


def test_conditions_dependencies_and_disabled_logs(resources: Of) -> None:
    made = resources(only_function(", condition: C, dependsOn: [T], disableLogs: true"))
    function = made["HelloDashworldLambdaFunction"]
    assert (function["Condition"], function["DependsOn"]) == ("C", ["T"])
    assert "HelloDashworldLogGroup" not in made


def test_a_url_has_its_permissions_and_an_output(compiled: Callable[..., Compiled]) -> None:
    template = compiled(only_function(", url: {cors: {allowedOrigins: [https://a.b], maxAge: 5}}")).template
    url = template["Resources"]["HelloDashworldLambdaFunctionUrl"]["Properties"]
    assert url["AuthType"] == "NONE"
    assert url["Cors"]["AllowOrigins"] == ["https://a.b"]
    assert (url["Cors"]["AllowMethods"], url["Cors"]["MaxAge"]) == (["*"], 5)
    assert template["Resources"]["HelloDashworldLambdaPermissionFnUrl"]["Properties"] == {
        "FunctionName": ARN,
        "Action": "lambda:InvokeFunctionUrl",
        "Principal": "*",
        "FunctionUrlAuthType": "NONE",
    }
    assert template["Outputs"]["HelloDashworldLambdaFunctionUrl"] == {
        "Description": "Lambda Function URL",
        "Value": {"Fn::GetAtt": ["HelloDashworldLambdaFunctionUrl", "FunctionUrl"]},
        "Export": {"Name": "sls-shop-dev-HelloDashworldLambdaFunctionUrl"},
    }


def test_a_signed_url_needs_no_permission_for_everybody(resources: Of) -> None:
    made = resources(only_function(", url: {authorizer: aws_iam, invokeMode: RESPONSE_STREAM}"))
    assert made["HelloDashworldLambdaFunctionUrl"]["Properties"] == {
        "AuthType": "AWS_IAM",
        "TargetFunctionArn": ARN,
        "InvokeMode": "RESPONSE_STREAM",
    }
    assert "HelloDashworldLambdaPermissionFnUrl" not in made


def test_destinations_and_retries_of_asynchronous_invocations(resources: Of) -> None:
    destinations = "{onSuccess: hello-world, onFailure: 'arn:aws:sqs:a:b:q'}"
    made = resources(only_function(f", destinations: {destinations}, maximumRetryAttempts: 0, maximumEventAge: 60"))
    assert made["HelloDashworldLambdaEvConf"]["Properties"] == {
        "FunctionName": {"Ref": "HelloDashworldLambdaFunction"},
        "DestinationConfig": {"OnSuccess": {"Destination": ARN}, "OnFailure": {"Destination": "arn:aws:sqs:a:b:q"}},
        "Qualifier": "$LATEST",
        "MaximumEventAgeInSeconds": 60,
        "MaximumRetryAttempts": 0,
    }
    document = made["IamRoleLambdaExecution"]["Properties"]["Policies"][0]["PolicyDocument"]
    assert {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:a:b:q"} in document["Statement"]


def test_the_provider_says_what_the_shared_role_has(resources: Of) -> None:
    role = "{name: n, path: /p/, managedPolicies: [m], permissionsBoundary: b, tags: {a: c}, statements: [{Action: x}]}"
    made = resources(only_function("", f", iam: {{role: {role}}}"))["IamRoleLambdaExecution"]["Properties"]
    assert (made["RoleName"], made["Path"], made["ManagedPolicyArns"]) == ("n", "/p/", ["m"])
    assert (made["PermissionsBoundary"], made["Tags"]) == ("b", [{"Key": "a", "Value": "c"}])
    assert made["Policies"][0]["PolicyDocument"]["Statement"][-1] == {"Action": ["x"]}


def test_a_function_with_its_own_statements_has_its_own_role(resources: Of) -> None:
    settings = ", iamRoleStatementsInherit: true, iamRoleStatements: [{Effect: Allow, Action: a, Resource: r}]"
    made = resources(only_function(settings, ", iamRoleStatements: [{Effect: Allow, Action: [b], Resource: r}]"))
    role = made["HelloDashworldIamRoleLambdaExecution"]["Properties"]
    names = ["shop", "dev", "hello-world", {"Ref": "AWS::Region"}, "lambdaRole"]
    assert role["RoleName"] == {"Fn::Join": ["-", names]}
    actions = [statement["Action"] for statement in role["Policies"][0]["PolicyDocument"]["Statement"]]
    assert actions[1:] == [["b"], "a"]
    function = made["HelloDashworldLambdaFunction"]["Properties"]
    assert function["Role"] == {"Fn::GetAtt": ["HelloDashworldIamRoleLambdaExecution", "Arn"]}


def test_versions_are_named_by_code_and_settings(compiled: Callable[..., Compiled]) -> None:
    def version(settings: str, digest: bytes) -> tuple[str, dict[str, Any]]:
        made = compiled(only_function(settings))
        template = made.complete(made.template, {"HelloDashworldLambdaFunction": digest})
        name = next(name for name in template["Resources"] if "LambdaVersion" in name)
        assert template["Outputs"]["HelloDashworldLambdaFunctionQualifiedArn"]["Value"] == {"Ref": name}
        return name, template["Resources"][name]

    name, made = version("", b"one")
    assert made == {
        "Type": "AWS::Lambda::Version",
        "Properties": {"FunctionName": {"Ref": "HelloDashworldLambdaFunction"}, "CodeSha256": "b25l"},
        "DeletionPolicy": "Retain",
    }
    assert version("", b"one")[0] == name
    assert version("", b"two")[0] != name
    assert version(", timeout: 9", b"one")[0] != name
    assert version(", tags: {a: b}", b"one")[0] == name


def test_versions_can_be_left_out(compiled: Callable[..., Compiled]) -> None:
    for settings, provider in (("", ", versionFunctions: false"), (", versionFunction: false", "")):
        made = compiled(only_function(settings, provider))
        assert not [name for name in made.complete(made.template, {})["Resources"] if "LambdaVersion" in name]


def test_provisioned_concurrency_has_an_alias_that_events_invoke(compiled: Callable[..., Compiled]) -> None:
    made = compiled(only_function(", provisionedConcurrency: 2, events: [{schedule: rate(1 hour)}]"))
    resources = made.complete(made.template, {})["Resources"]
    alias = resources["HelloDashworldProvConcLambdaAlias"]["Properties"]
    assert alias["Name"] == "provisioned"
    assert alias["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": 2}
    rule = resources["HelloDashworldEventsRuleSchedule1"]
    assert rule["Properties"]["Targets"][0]["Arn"] == {"Fn::Join": [":", [ARN, "provisioned"]]}
    assert rule["DependsOn"] == ["HelloDashworldProvConcLambdaAlias"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (", image: x", "either a handler or an image"),
        (", destinations: {onFailure: nobody}", "the function nobody, which the service doesn't have"),
        (", runtimeManagement: never", "unknown runtimeManagement"),
    ],
)
def test_what_makes_no_sense_is_refused(compiled: Callable[..., Compiled], settings: str, message: str) -> None:
    with pytest.raises(TemplateInvalid, match=message):
        compiled(only_function(settings))


def test_images_of_the_provider_are_built_or_named(resources: Of) -> None:
    made = resources(
        "service: shop\nprovider: {name: aws, ecr: {images: {app: {path: docker, file: File}, there: {uri: u/x}}}}\n"
        "functions: {a: {image: app}, b: {image: {name: there, command: [c]}}, c: {image: 'u/y:1'}}\n"
    )
    built = made["ALambdaFunction"]
    assert (built["Metadata"]["Dockerfile"], built["Metadata"]["DockerContext"]) == ("File", "docker")
    there = made["BLambdaFunction"]["Properties"]
    assert (there["Code"], there["ImageConfig"]) == ({"ImageUri": "u/x"}, {"Command": ["c"]})
    assert made["CLambdaFunction"]["Properties"]["Code"] == {"ImageUri": "u/y:1"}


def test_layers_have_outputs_and_names_by_content_when_retained(compiled: Callable[..., Compiled]) -> None:
    made = compiled("functions: {}\nlayers: {one-two: {path: layer, retain: true, allowedAccounts: ['*']}}\n")
    digest = b"\1" * 32
    template = made.complete(made.template, {"OneDashtwoLambdaLayer": digest})
    name = f"OneDashtwoLambdaLayer{digest.hex()[:40]}"
    assert template["Resources"][name]["DeletionPolicy"] == "Retain"
    permission = template["Resources"][f"OneDashtwoWildLambdaLayerPermission{digest.hex()[:40]}"]["Properties"]
    assert permission["LayerVersionArn"] == {"Ref": name}
    assert template["Outputs"]["OneDashtwoLambdaLayerQualifiedArn"]["Value"] == {"Ref": name}
