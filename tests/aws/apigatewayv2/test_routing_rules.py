"""Routing rules of domain names: by headers and by base paths, before or instead of mappings."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from http_api import ECHO, Api
from serein.testing import Serein

CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/c"


def path_condition(*paths: str) -> dict[str, Any]:
    return {"MatchBasePaths": {"AnyOf": list(paths)}}


def header_condition(**globs: str) -> dict[str, Any]:
    any_of = [{"Header": name.replace("_", "-"), "ValueGlob": glob} for name, glob in globs.items()]
    return {"MatchHeaders": {"AnyOf": any_of}}


class Front:
    """A domain name whose rules lead to stages of one API, which tell their names."""

    def __init__(self, aws: Serein, api: Api) -> None:
        self.aws, self.api = aws, api
        self.name = f"{aws.unique('api')}.example.com"
        for stage in ("one", "two"):
            api.apis.create_stage(ApiId=api.id, StageName=stage, AutoDeploy=True)
        api.apis.create_domain_name(
            DomainName=self.name,
            DomainNameConfigurations=[{"CertificateArn": CERTIFICATE}],
            RoutingMode="ROUTING_RULE_THEN_API_MAPPING",
        )

    def rule(self, priority: int, stage: str, *conditions: dict[str, Any], strips: bool = False) -> str:
        action = {"InvokeApi": {"ApiId": self.api.id, "Stage": stage, "StripBasePath": strips}}
        made = self.api.apis.create_routing_rule(
            DomainName=self.name, Actions=[action], Conditions=list(conditions), Priority=priority
        )
        return str(made["RoutingRuleId"])

    def ask(self, path: str, **headers: str) -> tuple[int, str, str]:
        """The status, the stage and the path of the route that a request reaches."""
        connection = http.client.HTTPConnection(urlsplit(self.aws.endpoint).netloc, timeout=60)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers={"Host": self.name, **sent})
        reply = connection.getresponse()
        event = json.loads(reply.read())
        connection.close()
        if reply.status != 200:
            return reply.status, "", ""
        return reply.status, event["requestContext"]["stage"], event["routeKey"]


@pytest.fixture
def front(aws: Serein, api: Api) -> Front:
    function = api.function(ECHO)
    for key in ("GET /items", "GET /shop/items"):
        api.route(key, function)
    return Front(aws, api)


def test_rules_are_asked_in_order_and_before_mappings(front: Front) -> None:
    front.api.apis.create_api_mapping(DomainName=front.name, ApiId=front.api.id, Stage="$default")
    front.rule(20, "two", path_condition("shop"))
    front.rule(10, "one", header_condition(X_Tenant="acme*"), path_condition("shop", "store/v1"), strips=True)
    assert front.ask("/shop/items", X_Tenant="acme-7") == (200, "one", "GET /items")
    assert front.ask("/store/v1/items", x_tenant="acme") == (200, "one", "GET /items")
    assert front.ask("/shop/items", X_Tenant="other") == (200, "two", "GET /shop/items")
    assert front.ask("/shopping", X_Tenant="acme")[0] == 404
    assert front.ask("/items") == (200, "$default", "GET /items")
    front.api.apis.update_domain_name(DomainName=front.name, RoutingMode="ROUTING_RULE_ONLY")
    assert front.ask("/items")[0] == 403
    front.api.apis.update_domain_name(DomainName=front.name, RoutingMode="API_MAPPING_ONLY")
    assert front.ask("/shop/items") == (200, "$default", "GET /shop/items")


def test_all_header_conditions_have_to_fit(front: Front) -> None:
    front.rule(1, "one", header_condition(A="*x*", B="exact"), header_condition(C="*end"))
    assert front.ask("/items", A="1x2", C="the end")[0] == 200
    assert front.ask("/items", B="exact", C="end")[1] == "one"
    assert front.ask("/items", B="Exact", C="end")[0] == 403
    assert front.ask("/items", A="x")[0] == 403


def test_rules_are_shown_changed_listed_and_deleted(front: Front) -> None:
    apis, named = front.api.apis, {"DomainName": front.name}
    ids = sorted(front.rule(number, "one", path_condition(f"p{number}")) for number in (1, 2, 3))
    shown = apis.get_routing_rule(**named, RoutingRuleId=ids[0])
    assert shown["RoutingRuleArn"].endswith(f"/domainnames/{front.name}/routingrules/{ids[0]}")
    assert shown["Actions"][0]["InvokeApi"]["Stage"] == "one"
    changed = {"Actions": shown["Actions"], "Conditions": [], "Priority": 9}
    assert apis.put_routing_rule(**named, RoutingRuleId=ids[0], **changed)["Priority"] == 9
    first = apis.list_routing_rules(**named, MaxResults=2)
    rest = apis.list_routing_rules(**named, NextToken=first["NextToken"])
    assert [rule["RoutingRuleId"] for rule in first["RoutingRules"] + rest["RoutingRules"]] == ids
    with pytest.raises(ClientError, match="ConflictException"):
        apis.put_routing_rule(**named, RoutingRuleId=ids[1], **changed)
    apis.delete_routing_rule(**named, RoutingRuleId=ids[0])
    for call in (apis.get_routing_rule, apis.delete_routing_rule):
        with pytest.raises(ClientError, match="NotFoundException"):
            call(**named, RoutingRuleId=ids[0])
    assert "RoutingRules" not in apis.get_domain_name(**named)


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ([path_condition("/slash")], "Invalid base path"),
        ([path_condition("a"), path_condition("b")], "one MatchBasePaths"),
        ([header_condition(A="in*side")], "Invalid header condition"),
        ([header_condition(A="1"), header_condition(B="1"), header_condition(C="1")], "two MatchHeaders"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(front: Front, conditions: list[Any], words: str) -> None:
    with pytest.raises(ClientError, match=words):
        front.rule(1, "one", *conditions)


def test_stacks_and_rest_apis_have_routing_modes_and_rules(aws: Serein, front: Front) -> None:
    domain = aws.client("apigatewayv2").get_domain_name(DomainName=front.name)
    assert domain["RoutingMode"] == "ROUTING_RULE_THEN_API_MAPPING"
    rest = aws.client("apigateway")
    assert rest.get_domain_name(domainName=front.name)["routingMode"] == "ROUTING_RULE_THEN_BASE_PATH_MAPPING"
    patch = {"op": "replace", "path": "/routingMode", "value": "ROUTING_RULE_ONLY"}
    assert rest.update_domain_name(domainName=front.name, patchOperations=[patch])["routingMode"] == "ROUTING_RULE_ONLY"
    action = {"InvokeApi": {"ApiId": front.api.id, "Stage": "two", "StripBasePath": "true"}}
    properties = {
        "DomainNameArn": domain["DomainNameArn"],
        "Actions": [action],
        "Conditions": [path_condition("shop")],
        "Priority": "5",
    }
    template: dict[str, Any] = {
        "Resources": {"Rule": {"Type": "AWS::ApiGatewayV2::RoutingRule", "Properties": properties}},
        "Outputs": {"Id": {"Value": {"Fn::GetAtt": ["Rule", "RoutingRuleId"]}}},
    }
    stacks = aws.client("cloudformation")
    stacks.create_stack(StackName="s", TemplateBody=json.dumps(template))
    aws.idle()
    events = stacks.describe_stack_events(StackName="s")["StackEvents"]
    reasons = [event.get("ResourceStatusReason") for event in events]
    assert front.ask("/shop/items") == (200, "two", "GET /items"), reasons
    properties["Conditions"] = [path_condition("store")]
    stacks.update_stack(StackName="s", TemplateBody=json.dumps(template))
    aws.idle()
    assert (front.ask("/store/items")[0], front.ask("/shop/items")[0]) == (200, 403)
    stacks.delete_stack(StackName="s")
    aws.idle()
    assert aws.client("apigatewayv2").list_routing_rules(DomainName=front.name)["RoutingRules"] == []
