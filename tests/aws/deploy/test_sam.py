"""What SAM's transform makes of templates, deployed."""

import json
from pathlib import Path
from typing import Any

import pytest

from serein.deploy import StackFailed
from serein.testing import Serein

HEAD = "Transform: AWS::Serverless-2016-10-31\n"
CODE = "def handler(event, context):\n    return 'here'\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "app.py").write_text(CODE)
    return tmp_path


def deploy(serein: Serein, project: Path, template: str, **parameters: str) -> Any:
    (project / "template.yaml").write_text(template)
    return serein.deploy(project, parameters=parameters)


def statements(serein: Serein, role: str) -> list[Any]:
    """What a role's own and its managed policies allow."""
    iam = serein.client("iam")
    found: list[Any] = []
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        found += iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]
    for each in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        if each["PolicyArn"].startswith("arn:aws:iam::aws:"):
            continue
        version = iam.get_policy(PolicyArn=each["PolicyArn"])["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=each["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"]
        found += document["Statement"]
    return found


def test_an_included_definition_is_there_before_the_transform(serein: Serein, project: Path) -> None:
    (project / "api.yaml").write_text(
        "openapi: 3.0.1\ninfo: {title: included, version: '1'}\npaths:\n  /x:\n    get:\n"
        "      x-amazon-apigateway-integration: {type: mock}\n      responses: {}\n"
    )
    deployed = deploy(
        serein,
        project,
        HEAD + "Resources:\n  Api:\n    Type: AWS::Serverless::Api\n    Properties:\n      StageName: Prod\n"
        "      Cors: \"'*'\"\n      DefinitionBody:\n        Fn::Transform:\n          Name: AWS::Include\n"
        "          Parameters: {Location: api.yaml}\n",
    )
    apis = serein.client("apigateway")
    resources = apis.get_resources(restApiId=deployed.resources["Api"])["items"]
    methods = next(set(each["resourceMethods"]) for each in resources if each["path"] == "/x")
    assert methods == {"GET", "OPTIONS"}


def test_policy_templates_and_connectors_give_a_role_what_it_needs(serein: Serein, project: Path) -> None:
    deployed = deploy(
        serein,
        project,
        HEAD
        + """
Resources:
  Table: {Type: AWS::Serverless::SimpleTable}
  Queue: {Type: AWS::SQS::Queue}
  Reader:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: code/
      Handler: app.handler
      Runtime: python3.12
      Policies:
        - AmazonSQSReadOnlyAccess
        - DynamoDBReadPolicy: {TableName: !Ref Table}
  Writer:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: code/, Handler: app.handler, Runtime: python3.12}
    Connectors:
      Sends:
        Properties:
          Destination: {Id: Queue}
          Permissions: [Write]
  Stored:
    Type: AWS::Serverless::Connector
    Properties:
      Source: {Id: Writer}
      Destination: {Id: Table}
      Permissions: [Read, Write]
""",
    )
    reads = statements(serein, deployed.resources["ReaderRole"])
    assert any("dynamodb:GetItem" in each["Action"] for each in reads)
    assert not any("dynamodb:PutItem" in each["Action"] for each in reads)
    attached = serein.client("iam").list_attached_role_policies(RoleName=deployed.resources["ReaderRole"])
    assert "AmazonSQSReadOnlyAccess" in {each["PolicyName"] for each in attached["AttachedPolicies"]}
    writes = statements(serein, deployed.resources["WriterRole"])
    assert any("sqs:SendMessage" in each["Action"] for each in writes)
    assert any("dynamodb:PutItem" in each["Action"] for each in writes)


def test_loops_make_functions_before_sam_sees_them(serein: Serein, project: Path) -> None:
    for name in ("One", "Two"):
        (project / name).mkdir()
        (project / name / "app.py").write_text(f"def handler(event, context):\n    return '{name}'\n")
    deployed = deploy(
        serein,
        project,
        """
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters: {Names: {Type: CommaDelimitedList, Default: "One,Two"}}
Resources:
  Fn::ForEach::Functions:
    - Name
    - !Ref Names
    - ${Name}Function:
        Type: AWS::Serverless::Function
        Properties:
          CodeUri: !Sub "${Name}/"
          Handler: app.handler
          Runtime: python3.12
          FunctionName: !Sub "loop-${Name}"
          DeadLetterQueue: null
""",
    )
    assert {"OneFunction", "TwoFunction", "OneFunctionRole"} <= deployed.resources.keys()
    reply = serein.client("lambda").invoke(FunctionName="loop-Two")
    assert json.load(reply["Payload"]) == "Two"


def test_a_nested_application_is_built_deployed_and_answers_with_its_outputs(serein: Serein, project: Path) -> None:
    inner = project / "inner"
    inner.mkdir()
    (inner / "template.yaml").write_text(
        HEAD + "Parameters: {Suffix: {Type: String}}\nResources:\n  F:\n    Type: AWS::Serverless::Function\n"
        "    Properties: {CodeUri: ../code/, Handler: app.handler, Runtime: python3.12,"
        " FunctionName: !Sub 'nested-${Suffix}'}\nOutputs:\n  Name: {Value: !Ref F}\n"
    )
    deployed = deploy(
        serein,
        project,
        HEAD
        + """
Resources:
  Inner:
    Type: AWS::Serverless::Application
    Properties:
      Location: inner/.aws-sam/build/template.yaml
      Parameters: {Suffix: here}
Outputs:
  Name: {Value: !GetAtt Inner.Outputs.Name}
""",
    )
    assert deployed.outputs["Name"] == "nested-here"
    assert json.load(serein.client("lambda").invoke(FunctionName="nested-here")["Payload"]) == "here"


def test_a_state_machine_may_have_nulls_and_a_function_may_not(serein: Serein, project: Path) -> None:
    machine = (
        HEAD + "Resources:\n  Machine:\n    Type: AWS::Serverless::StateMachine\n    Properties:\n"
        "      Definition: {StartAt: A, States: {A: {Type: Pass, ResultPath: null, End: true}}}\n"
    )
    stacks = serein.client("cloudformation")
    stacks.create_change_set(
        StackName="nulls",
        ChangeSetName="c",
        ChangeSetType="CREATE",
        TemplateBody=machine,
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    serein.wait_until_idle()
    assert stacks.describe_change_set(StackName="nulls", ChangeSetName="c")["Status"] == "CREATE_COMPLETE"
    function = "  F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Runtime: python3.12,"
    function += " Handler: index.handler, Environment: {Variables: {NAME: }}}}\n"
    with pytest.raises(StackFailed, match="'null' values are not allowed in templates"):
        deploy(serein, project, f"{HEAD}Resources:\n{function}")


def test_conditions_of_conditions_hold_as_sam_nests_them(serein: Serein, project: Path) -> None:
    template = (
        HEAD
        + """
Parameters:
  Own: {Type: String, Default: "no"}
Conditions:
  HasOwn: !Equals [!Ref Own, "yes"]
  IsMade: !Equals [a, a]
Resources:
  F:
    Type: AWS::Serverless::Function
    Condition: IsMade
    Properties:
      CodeUri: code/
      Handler: app.handler
      Runtime: python3.12
      EventInvokeConfig:
        DestinationConfig:
          OnSuccess:
            Type: SQS
            Destination: !If [HasOwn, "arn:aws:sqs:us-east-1:123456789012:q", !Ref AWS::NoValue]
"""
    )
    deployed = deploy(serein, project, template)
    assert "FEventInvokeConfigOnSuccessQueue" in deployed.resources


def test_an_application_of_the_repository_is_refused_by_its_name(serein: Serein, project: Path) -> None:
    location = "{ApplicationId: arn:aws:serverlessrepo:us-east-1:1:applications/x, SemanticVersion: 1.0.0}"
    template = (
        f"{HEAD}Resources:\n  App: {{Type: AWS::Serverless::Application, Properties: {{Location: {location}}}}}\n"
    )
    with pytest.raises(StackFailed, match=r"\[App\] is an application of the AWS Serverless Application Repository"):
        deploy(serein, project, template)


def test_events_of_what_serein_lacks_are_refused_by_name(serein: Serein, project: Path) -> None:
    template = (
        HEAD
        + """
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: code/
      Handler: app.handler
      Runtime: python3.12
      Events:
        Kafka:
          Type: SelfManagedKafka
          Properties:
            KafkaBootstrapServers: [kafka.example.com:9092]
            SourceAccessConfigurations: [{Type: BASIC_AUTH, URI: "arn:aws:secretsmanager:us-east-1:1:secret:s"}]
            Topics: [rain]
            StartingPosition: LATEST
"""
    )
    with pytest.raises(StackFailed, match="does not implement event source mappings for"):
        deploy(serein, project, template)
