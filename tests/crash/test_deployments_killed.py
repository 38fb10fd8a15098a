"""Stacks whose server is killed with SIGKILL in the middle of what they do: each comes to its end, and owns what is.

After each operation, what the services hold is compared with what the stacks say: nothing is made twice, nothing is
left behind. `SEREIN_CRASH_KILLS` sets how many times the server is killed (default 3).
"""

import io
import itertools
import json
import os
import random
import threading
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from serein.testing import Serein, ServerProcess

KILLS = int(os.environ.get("SEREIN_CRASH_KILLS", "3"))
LONGEST_WAIT_SECONDS = 1.0
PATIENCE_SECONDS = 120.0
ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
CUSTOM = """
import json, urllib.request
def handler(event, context):
    if "ResponseURL" not in event:
        return
    answer = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    answer |= {"Status": "SUCCESS", "PhysicalResourceId": "thing"}
    answer["Data"] = {"Size": event["ResourceProperties"]["Size"]}
    body, headers = json.dumps(answer).encode(), {"content-type": ""}
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body, headers, method="PUT"))
"""
pytestmark = [pytest.mark.crash, pytest.mark.timeout(240 + 40 * KILLS)]
Json = dict[str, Any]


def ref(name: str) -> Json:
    return {"Ref": name}


def att(name: str, attribute: str = "Arn") -> Json:
    return {"Fn::GetAtt": [name, attribute]}


def thing(kind: str, *after: str, **properties: Any) -> Json:
    return {"Type": f"AWS::{kind}", "Properties": properties} | ({"DependsOn": list(after)} if after else {})


def nested(delay: int) -> str:
    queue, api = thing("SQS::Queue", DelaySeconds=delay), thing("ApiGatewayV2::Api", Name="n", ProtocolType="HTTP")
    return json.dumps({"Resources": {"Queue": queue, "Api": api}, "Outputs": {"Url": {"Value": ref("Queue")}}})


def template(version: int, *, is_broken: bool = False) -> str:
    """A stack of which version 2 changes, replaces, adds and removes resources of version 1."""
    key = [{"AttributeName": "pk", "AttributeType": "S"}], [{"AttributeName": "pk", "KeyType": "HASH"}]
    trust = {"Version": "2012-10-17", "Statement": []}
    resources = {
        "Queue": thing("SQS::Queue", DelaySeconds=version),
        "Topic": thing("SNS::Topic", DisplayName=f"v{version}"),
        "Subscription": thing("SNS::Subscription", TopicArn=ref("Topic"), Protocol="sqs", Endpoint=att("Queue")),
        "Table": thing("DynamoDB::Table", AttributeDefinitions=key[0], KeySchema=key[1], BillingMode="PAY_PER_REQUEST"),
        "Bucket": thing("S3::Bucket"),
        "Role": thing("IAM::Role", AssumeRolePolicyDocument=trust, Description=f"v{version}"),
        "Function": thing(
            "Lambda::Function",
            Runtime="python3.11",
            Handler="index.handler",
            Role=att("Role"),
            Code={"ZipFile": CUSTOM + f"# {version}"},
        ),
        "Layer": thing("Lambda::LayerVersion", Content={"S3Bucket": "assets", "S3Key": f"layer{version}.zip"}),
        "Mapping": thing("Lambda::EventSourceMapping", FunctionName=ref("Function"), EventSourceArn=att("Queue")),
        "Custom": {"Type": "Custom::Thing", "Properties": {"ServiceToken": att("Function"), "Size": version}},
        "Api": thing("ApiGateway::RestApi", Name="api", Description=f"v{version}"),
        "Path": thing(
            "ApiGateway::Resource", RestApiId=ref("Api"), ParentId=att("Api", "RootResourceId"), PathPart="a"
        ),
        "Method": thing(
            "ApiGateway::Method",
            RestApiId=ref("Api"),
            ResourceId=ref("Path"),
            HttpMethod="GET",
            AuthorizationType="NONE",
            Integration={"Type": "MOCK"},
        ),
        f"Deployment{version}": thing("ApiGateway::Deployment", "Method", RestApiId=ref("Api")),
        "Key": thing("ApiGateway::ApiKey", Name=f"key{version}"),
        "Plan": thing("ApiGateway::UsagePlan", Description=f"v{version}"),
        "Http": thing("ApiGatewayV2::Api", Name="http", ProtocolType="HTTP"),
        "Integration": thing(
            "ApiGatewayV2::Integration",
            ApiId=ref("Http"),
            IntegrationType="AWS_PROXY",
            IntegrationUri=att("Function"),
            PayloadFormatVersion="2.0",
        ),
        "Route": thing(
            "ApiGatewayV2::Route",
            ApiId=ref("Http"),
            RouteKey=f"GET /{version}",
            Target={"Fn::Join": ["/", ["integrations", ref("Integration")]]},
        ),
        "Rule": thing("Events::Rule", ScheduleExpression=f"rate({version + 1} hours)"),
        "Parameter": thing("SSM::Parameter", Type="String", Value=att("Custom", "Size")),
        "Secret": thing("SecretsManager::Secret", GenerateSecretString={"PasswordLength": 20 + version}),
        "Group": thing("Logs::LogGroup", RetentionInDays=version * 2 + 1),
        "Nested": thing("CloudFormation::Stack", TemplateURL=f"https://assets.s3.amazonaws.com/nested{version}.json"),
        f"Only{version}": thing("SQS::Queue", "Topic"),
        f"OnlyApi{version}": thing("ApiGatewayV2::Api", Name=f"only{version}", ProtocolType="HTTP"),
    }
    if is_broken:
        last = ("Route", "Nested", "Parameter")
        resources["Broken"] = thing("SQS::Queue", *last, DelaySeconds=90_000)
        nowhere = [{"Protocol": "sqs", "Endpoint": "nowhere"}]
        missing = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/missing"}
        resources["HalfTopic"] = thing("SNS::Topic", *last, Subscription=nowhere)
        resources["HalfRole"] = thing("IAM::Role", *last, AssumeRolePolicyDocument=trust, ManagedPolicyArns=[missing])
    return json.dumps({"Resources": resources})


class World:
    """A server that is killed, and its client."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.kills: Counter[str] = Counter()
        self.start()

    def start(self) -> None:
        self.server = ServerProcess(self._folder)
        self.session = Serein(self.server.endpoint, ACCOUNT)
        self.stacks = self.session.client("cloudformation")

    def kill(self, what: str) -> None:
        self.server.kill()
        self.kills[what] += 1
        self.start()

    def status(self, stack_id: str) -> str:
        (stack,) = self.stacks.describe_stacks(StackName=stack_id)["Stacks"]
        status: str = stack["StackStatus"]
        return status

    def until(self, condition: Callable[[], bool], what: str) -> None:
        between = threading.Event()
        for _ in range(int(PATIENCE_SECONDS / 0.1)):
            if condition():
                return
            between.wait(0.1)
        raise AssertionError(f"{what} in {PATIENCE_SECONDS} s: {self.unfinished()}")

    def rest(self, stack_id: str, what: str) -> None:
        self.until(lambda: not self.status(stack_id).endswith("_IN_PROGRESS"), f"{what} has not ended")

    def unfinished(self) -> list[Json]:
        """What the stacks are at."""
        return [
            row
            for stack in self.stacks.describe_stacks()["Stacks"]
            for row in self.stacks.list_stack_resources(StackName=stack["StackId"])["StackResourceSummaries"]
            if not row["ResourceStatus"].endswith("_COMPLETE")
        ]

    def prepare(self) -> None:
        s3 = self.session.client("s3")
        s3.create_bucket(Bucket="assets")
        for version in (1, 2):
            s3.put_object(Bucket="assets", Key=f"nested{version}.json", Body=nested(version).encode())
            package = io.BytesIO()
            with zipfile.ZipFile(package, "w") as archive:
                archive.writestr("python/x.py", f"x = {version}")
            s3.put_object(Bucket="assets", Key=f"layer{version}.zip", Body=package.getvalue())

    def owned(self) -> Counter[tuple[str, str]]:
        """(type, physical id) of what the stacks say that they have."""
        found: Counter[tuple[str, str]] = Counter()
        for stack in self.stacks.describe_stacks()["Stacks"]:
            for row in self.stacks.list_stack_resources(StackName=stack["StackId"])["StackResourceSummaries"]:
                if row["ResourceType"] in LISTS and row["ResourceStatus"] != "DELETE_COMPLETE":
                    found[row["ResourceType"], _name(row.get("PhysicalResourceId", "nothing"))] += 1
        return found

    def held(self) -> Counter[tuple[str, str]]:
        """The same of what the services say that there is."""
        return Counter((kind, _name(id)) for kind, listed in LISTS.items() for id in listed(self.session))


def _name(id: str) -> str:
    """A queue's URL has the server's port, which changes with each start."""
    return id.rpartition("/")[2] if id.startswith("http:") else id


def _listed(service: str, operation: str, path: str, **request: Any) -> Callable[[Serein], Iterator[str]]:
    def listed(session: Serein) -> Iterator[str]:
        found: Any = getattr(session.client(service), operation)(**request)
        member, _, name = path.partition(".")
        for each in found.get(member, []):
            yield each[name] if name else each

    return listed


def _layers(session: Serein) -> Iterator[str]:
    functions = session.client("lambda")
    for layer in functions.list_layers()["Layers"]:
        for version in functions.list_layer_versions(LayerName=layer["LayerName"])["LayerVersions"]:
            yield version["LayerVersionArn"]


def _of_apis(operation: str, name: str) -> Callable[[Serein], Iterator[str]]:
    def listed(session: Serein) -> Iterator[str]:
        apis = session.client("apigatewayv2")
        for api in apis.get_apis()["Items"]:
            for each in getattr(apis, operation)(ApiId=api["ApiId"])["Items"]:
                yield each[name]

    return listed


def _deployments(session: Serein) -> Iterator[str]:
    apis = session.client("apigateway")
    for api in apis.get_rest_apis()["items"]:
        for deployment in apis.get_deployments(restApiId=api["id"])["items"]:
            yield deployment["id"]


def _stacks(session: Serein) -> Iterator[str]:
    for stack in session.client("cloudformation").describe_stacks()["Stacks"]:
        if "ParentId" in stack:
            yield stack["StackId"]


def _groups(session: Serein) -> Iterator[str]:
    for group in session.client("logs").describe_log_groups()["logGroups"]:
        # Functions make groups of their own.
        if not group["logGroupName"].startswith("/aws/lambda/"):
            yield group["logGroupName"]


def _buckets(session: Serein) -> Iterator[str]:
    yield from (name for name in _listed("s3", "list_buckets", "Buckets.Name")(session) if name != "assets")


LISTS: dict[str, Callable[[Serein], Iterator[str]]] = {
    "AWS::SQS::Queue": _listed("sqs", "list_queues", "QueueUrls"),
    "AWS::SNS::Topic": _listed("sns", "list_topics", "Topics.TopicArn"),
    "AWS::SNS::Subscription": _listed("sns", "list_subscriptions", "Subscriptions.SubscriptionArn"),
    "AWS::DynamoDB::Table": _listed("dynamodb", "list_tables", "TableNames"),
    "AWS::S3::Bucket": _buckets,
    "AWS::IAM::Role": _listed("iam", "list_roles", "Roles.RoleName"),
    "AWS::Lambda::Function": _listed("lambda", "list_functions", "Functions.FunctionName"),
    "AWS::Lambda::LayerVersion": _layers,
    "AWS::Lambda::EventSourceMapping": _listed("lambda", "list_event_source_mappings", "EventSourceMappings.UUID"),
    "AWS::ApiGateway::RestApi": _listed("apigateway", "get_rest_apis", "items.id"),
    "AWS::ApiGateway::Deployment": _deployments,
    "AWS::ApiGateway::ApiKey": _listed("apigateway", "get_api_keys", "items.id"),
    "AWS::ApiGateway::UsagePlan": _listed("apigateway", "get_usage_plans", "items.id"),
    "AWS::ApiGatewayV2::Api": _listed("apigatewayv2", "get_apis", "Items.ApiId"),
    "AWS::ApiGatewayV2::Integration": _of_apis("get_integrations", "IntegrationId"),
    "AWS::ApiGatewayV2::Route": _of_apis("get_routes", "RouteId"),
    "AWS::Events::Rule": _listed("events", "list_rules", "Rules.Name"),
    "AWS::SSM::Parameter": _listed("ssm", "describe_parameters", "Parameters.Name"),
    "AWS::SecretsManager::Secret": _listed("secretsmanager", "list_secrets", "SecretList.ARN"),
    "AWS::Logs::LogGroup": _groups,
    "AWS::CloudFormation::Stack": _stacks,
}


def create(world: World, *, is_broken: bool) -> str:
    text = template(1, is_broken=is_broken)
    made = world.stacks.create_stack(StackName="s", TemplateBody=text, Capabilities=["CAPABILITY_IAM"])
    stack_id: str = made["StackId"]
    return stack_id


def update(world: World, version: int, *, is_broken: bool = False) -> str:
    text = template(version, is_broken=is_broken)
    made = world.stacks.update_stack(StackName="s", TemplateBody=text, Capabilities=["CAPABILITY_IAM"])
    stack_id: str = made["StackId"]
    return stack_id


def execute(world: World, version: int) -> str:
    made = world.stacks.create_change_set(
        StackName="s", ChangeSetName="c", TemplateBody=template(version), Capabilities=["CAPABILITY_IAM"]
    )
    world.until(
        lambda: world.stacks.describe_change_set(ChangeSetName=made["Id"])["Status"] == "CREATE_COMPLETE",
        "the change set is not there",
    )
    world.stacks.execute_change_set(ChangeSetName=made["Id"])
    stack_id: str = made["StackId"]
    return stack_id


def delete(world: World) -> str:
    (stack,) = world.stacks.describe_stacks(StackName="s")["Stacks"]
    world.stacks.delete_stack(StackName="s")
    stack_id: str = stack["StackId"]
    return stack_id


OPERATIONS: list[tuple[str, Callable[[World], str], str]] = [
    ("create", lambda world: create(world, is_broken=False), "CREATE_COMPLETE"),
    ("update", lambda world: update(world, 2), "UPDATE_COMPLETE"),
    ("delete", delete, "DELETE_COMPLETE"),
    ("rollback of a creation", lambda world: create(world, is_broken=True), "ROLLBACK_COMPLETE"),
    ("delete", delete, "DELETE_COMPLETE"),
    ("create", lambda world: create(world, is_broken=False), "CREATE_COMPLETE"),
    ("rollback of an update", lambda world: update(world, 2, is_broken=True), "UPDATE_ROLLBACK_COMPLETE"),
    ("change set", lambda world: execute(world, 2), "UPDATE_COMPLETE"),
    ("delete", delete, "DELETE_COMPLETE"),
]


def test_what_stacks_do_comes_to_its_end_and_leaves_nothing_behind(tmp_path: Path) -> None:
    dice = random.Random(os.environ.get("SEREIN_CRASH_SEED", str(KILLS)))
    world = World(tmp_path / "data")
    world.prepare()
    between = threading.Event()
    for name, begin, wanted in itertools.cycle(OPERATIONS):
        if sum(world.kills.values()) >= KILLS and name == "create":
            break
        stack_id = begin(world)
        while sum(world.kills.values()) < KILLS:
            between.wait(dice.uniform(0, LONGEST_WAIT_SECONDS))
            world.kill(name if world.status(stack_id).endswith("_IN_PROGRESS") else "at rest")
            if dice.random() < 0.6:
                break
        world.rest(stack_id, name)
        reasons = [
            (it["LogicalResourceId"], it["ResourceStatusReason"])
            for it in world.stacks.describe_stack_events(StackName=stack_id)["StackEvents"]
            if it["ResourceStatus"].endswith("_FAILED")
        ]
        assert world.status(stack_id) == wanted, reasons
        assert world.owned() == world.held(), name
    print(dict(world.kills))
    world.server.stop()
