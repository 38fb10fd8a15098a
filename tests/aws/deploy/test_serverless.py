"""Projects of the Serverless Framework, deployed unmodified and driven."""

import json
import urllib.request
from pathlib import Path
from typing import Any

import boto3
import pytest
from websockets.sync.client import connect

from serein.deploy import Application, DeployFailed, Options, Target, TemplateInvalid, delete_stack, stack_name_of
from serein.testing import Serein

SERVICE = """
service: shop
frameworkVersion: "3"
plugins: [serverless-offline, serverless-iam-roles-per-function, serverless-unheard-of]
custom:
  settings: ${file(settings.json)}
provider:
  name: aws
  runtime: python3.12
  region: ap-southeast-2
  stage: ${opt:stage, 'dev'}
  environment:
    JOBS: !Ref Jobs
    GREETING: ${param:greeting, self:custom.settings.greeting}
functions:
  api:
    handler: src/app.api
    events:
      - http: {path: "users/{id}", method: get, cors: true}
      - httpApi: GET /items/{id}
  chat:
    handler: src/app.chat
    events:
      - websocket: $connect
      - websocket: $disconnect
      - websocket: {route: say, routeResponseSelectionExpression: $default}
  worker:
    handler: src/app.worker
    iamRoleStatements:
      - {Effect: Allow, Action: "sqs:*", Resource: !GetAtt Jobs.Arn}
    events:
      - sqs: {arn: !GetAtt Jobs.Arn, batchSize: 1}
      - stream: {type: dynamodb, arn: !GetAtt Orders.StreamArn, batchSize: 1}
      - schedule: rate(1 hour)
      - sns: news
      - s3: {bucket: BUCKET, existing: true, rules: [{suffix: .txt}]}
package:
  patterns: ["!secret/**"]
resources:
  Resources:
    Jobs: {Type: AWS::SQS::Queue}
    Orders:
      Type: AWS::DynamoDB::Table
      Properties:
        AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
        KeySchema: [{AttributeName: id, KeyType: HASH}]
        BillingMode: PAY_PER_REQUEST
        StreamSpecification: {StreamViewType: NEW_IMAGE}
  Outputs:
    Jobs: {Value: !Ref Jobs}
    Orders: {Value: !Ref Orders}
  extensions:
    WorkerLambdaFunction: {Properties: {Description: extended}}
"""
CODE = """
import os

def api(event, context):
    secret = os.path.exists("secret")
    return {"statusCode": 200, "body": f"{os.environ['GREETING']} {event['pathParameters']['id']} {secret}"}

def chat(event, context):
    return {"statusCode": 200, "body": "heard"}

def worker(event, context):
    record = event.get("Records", [event])[0]
    print("from", record.get("eventSource") or record.get("EventSource") or record.get("source"))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("private")
    (tmp_path / "src" / "app.py").write_text(CODE)
    (tmp_path / "settings.json").write_text('{"greeting": "hello"}')
    return tmp_path


def application(serein: Serein, project: Path, **given: Any) -> Application:
    keys = {"aws_access_key_id": serein.account, "aws_secret_access_key": "test"}
    session = boto3.session.Session(**keys, region_name=serein.region)
    return Application(project, Target(session, serein.endpoint), options=Options(**given))


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=60) as reply:
        return str(reply.read().decode())


def heard(serein: Serein) -> set[str]:
    """What the worker said that it was invoked by."""
    serein.wait_until_idle()
    events = serein.client("logs").filter_log_events(
        logGroupName="/aws/lambda/shop-dev-worker", filterPattern='"from "'
    )["events"]
    return {event["message"].strip().rpartition("from ")[2] for event in events}


def test_a_service_is_deployed_and_all_of_its_events_come(aws: Serein, project: Path) -> None:
    bucket = aws.unique("bucket")
    aws.client("s3").create_bucket(Bucket=bucket)
    (project / "serverless.yml").write_text(SERVICE.replace("BUCKET", bucket))
    deployed = application(aws, project).deploy()
    assert deployed.name == "shop-dev"
    assert any("serverless-unheard-of" in warning for warning in deployed.warnings)
    assert any("ap-southeast-2" in warning for warning in deployed.warnings)
    ids = deployed.resources
    assert ids["WorkerLambdaFunction"] == "shop-dev-worker"
    assert fetch(f"{aws.endpoint}/_serein/api/{ids['ApiGatewayRestApi']}/dev/users/7") == "hello 7 False"
    assert fetch(f"{aws.endpoint}/_serein/api/{ids['HttpApi']}/$default/items/8") == "hello 8 False"
    socket = f"{aws.endpoint.replace('http', 'ws')}/_aws/execute-api/{ids['WebsocketsApi']}/dev"
    with connect(socket, proxy=None, open_timeout=60) as client:
        client.send('{"action": "say"}')
        assert client.recv(60) == "heard"
    configuration = aws.client("lambda").get_function_configuration(FunctionName="shop-dev-worker")
    assert configuration["Description"] == "extended"
    assert configuration["Role"].rpartition("/")[2] == f"shop-dev-worker-{aws.region}-lambdaRole"
    aws.client("sqs").send_message(QueueUrl=deployed.outputs["Jobs"], MessageBody="x")
    aws.client("dynamodb").put_item(TableName=deployed.outputs["Orders"], Item={"id": {"S": "1"}})
    aws.client("sns").publish(TopicArn=ids["SNSTopicNews"], Message="x")
    aws.client("s3").put_object(Bucket=bucket, Key="a.txt", Body=b"x")
    aws.clock.advance(3700)
    assert heard(aws) == {"aws:sqs", "aws:dynamodb", "aws:sns", "aws:s3", "aws.events"}
    assert application(aws, project).deploy().is_changed is False


def test_a_service_is_deployed_for_a_stage_with_parameters(serein: Serein, project: Path) -> None:
    text = SERVICE.replace("      - s3: {bucket: BUCKET, existing: true, rules: [{suffix: .txt}]}\n", "")
    (project / "serverless.yml").write_text(text)
    given: dict[str, Any] = {"stage": "prod", "parameters": {"greeting": "hi"}}
    running = application(serein, project, **given)
    deployed = running.deploy()
    assert deployed.name == "shop-prod" == stack_name_of(project, "prod")
    url = f"{serein.endpoint}/_serein/api/{deployed.resources['HttpApi']}/$default/items/8"
    assert fetch(url) == "hi 8 False"
    assert running.redeploy() == []
    (project / "src" / "app.py").write_text(CODE.replace("{secret}", "{secret} again"))
    assert set(running.redeploy()) == {"ApiLambdaFunction", "ChatLambdaFunction", "WorkerLambdaFunction"}
    assert fetch(url) == "hi 8 False again"
    deployed = application(serein, project, **given).deploy()
    qualified = {name: value for name, value in deployed.outputs.items() if name.endswith("FunctionQualifiedArn")}
    assert {value.rpartition(":")[2] for value in qualified.values()} == {"2"}
    keys = {"aws_access_key_id": serein.account, "aws_secret_access_key": "test"}
    session = boto3.session.Session(**keys, region_name=serein.region)
    assert delete_stack("shop-prod", Target(session, serein.endpoint))


def test_variables_ask_the_account(serein: Serein, project: Path) -> None:
    serein.client("ssm").put_parameter(Name="/greeting", Value="good day", Type="String")
    serein.client("cloudformation").create_stack(
        StackName="net",
        TemplateBody=json.dumps(
            {
                "Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "named"}}},
                "Outputs": {"Name": {"Value": {"Fn::GetAtt": ["Q", "QueueName"]}}},
            }
        ),
    )
    serein.wait_until_idle()
    (project / "serverless.yml").write_text(
        "service: asks\nprovider:\n  name: aws\n  runtime: python3.12\n  environment:\n"
        "    AA: ${ssm:/greeting}\n    BB: ${cf:net.Name}\n    CC: ${aws:accountId}\n    DD: ${aws:region}\n"
        "    EE: ${cf:gone.Name, 'none'}\n    FF: ${ssm:/gone, 'none'}\nfunctions: {f: {handler: src/app.api}}\n"
    )
    application(serein, project).deploy()
    found = serein.client("lambda").get_function_configuration(FunctionName="asks-dev-f")["Environment"]["Variables"]
    assert found == {
        "AA": "good day",
        "BB": "named",
        "CC": serein.account,
        "DD": serein.region,
        "EE": "none",
        "FF": "none",
    }


def test_a_layer_of_the_project_is_there_for_its_functions(serein: Serein, project: Path) -> None:
    (project / "layer" / "python").mkdir(parents=True)
    (project / "layer" / "python" / "shared.py").write_text("VALUE = 'from the layer'")
    (project / "src" / "app.py").write_text("import shared\ndef f(event, context):\n    return shared.VALUE\n")
    (project / "serverless.yml").write_text(
        "service: layered\nprovider: {name: aws, runtime: python3.12}\n"
        "layers: {common: {path: layer, retain: true}}\n"
        "functions:\n  f: {handler: src/app.f, layers: [!Ref CommonLambdaLayer]}\n"
    )
    deployed = application(serein, project).deploy()
    assert deployed.outputs["CommonLambdaLayerQualifiedArn"].rpartition(":")[2] == "1"
    answer = serein.client("lambda").invoke(FunctionName="layered-dev-f", Qualifier="1")
    assert json.load(answer["Payload"]) == "from the layer"


def test_a_template_has_no_stages(serein: Serein, project: Path) -> None:
    (project / "template.yaml").write_text("Resources: {Q: {Type: AWS::SQS::Queue}}")
    with pytest.raises(TemplateInvalid, match="has no stages"):
        application(serein, project, stage="prod")


def test_a_variable_without_a_value_is_told(serein: Serein, project: Path) -> None:
    (project / "serverless.yml").write_text(
        "service: s\nprovider: {name: aws}\ncustom: {x: '${env:NOT_THERE_AT_ALL}'}\nfunctions: {}\n"
    )
    with pytest.raises(DeployFailed, match="NOT_THERE_AT_ALL"):
        application(serein, project).deploy()
