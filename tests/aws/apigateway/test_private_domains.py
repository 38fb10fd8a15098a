"""Private domain names: several of one name, their policies, and the access associations of VPC endpoints."""

import http.client
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from http_api import Answer
from rest_api import RestApi
from rest_control import patch, refusal
from serein.testing import Serein

OTHER = "210987654321"
ENDPOINT = "vpce-abcd1234"
OPEN = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def only_from(endpoint: str) -> dict[str, Any]:
    return {**OPEN, "Effect": "Deny", "Condition": {"StringNotEquals": {"aws:SourceVpce": endpoint}}}


@dataclass
class Private:
    """A private domain name."""

    client: Any
    name: str
    id: str
    arn: str

    @property
    def place(self) -> dict[str, str]:
        return {"domainName": self.name, "domainNameId": self.id}

    def change(self, path: str, value: str) -> dict[str, Any]:
        changed: dict[str, Any] = self.client.update_domain_name(
            **self.place, patchOperations=[patch("replace", path, value)]
        )
        return changed


def make(aws: Serein, name: str = "", **settings: Any) -> Private:
    client, name = aws.client("apigateway"), name or f"{aws.unique('private')}.example.com"
    made = client.create_domain_name(
        domainName=name,
        certificateArn=f"arn:aws:acm:us-east-1:{aws.account}:certificate/x",
        endpointConfiguration={"types": ["PRIVATE"]},
        **settings,
    )
    return Private(client, name, made["domainNameId"], made["domainNameArn"])


def get(aws: Serein, host: str, path: str) -> Answer:
    connection = http.client.HTTPConnection(urlsplit(aws.endpoint).netloc, timeout=60)
    try:
        connection.request("GET", path, headers={"Host": host})
        reply = connection.getresponse()
        return Answer(reply.status, reply.getheaders(), reply.read())
    finally:
        connection.close()


def associate(client: Any, domain: Private, source: str = ENDPOINT, **settings: Any) -> dict[str, Any]:
    made: dict[str, Any] = client.create_domain_name_access_association(
        domainNameArn=domain.arn, accessAssociationSourceType="VPCE", accessAssociationSource=source, **settings
    )
    return made


def association_arns(client: Any, owner: str = "SELF") -> list[str]:
    found = client.get_domain_name_access_associations(resourceOwner=owner)["items"]
    return [each["domainNameAccessAssociationArn"] for each in found]


@pytest.fixture
def api(aws: Serein) -> RestApi:
    api = RestApi(aws, endpointConfiguration={"types": ["PRIVATE"]}, policy=policy(OPEN))
    api.mock("/open", "GET", "in")
    api.deploy()
    return api


def test_private_names_are_told_apart_by_their_ids(aws: Serein) -> None:
    first = make(aws, tags={"a": "b"})
    second = make(aws, first.name)
    assert first.id != second.id
    assert first.arn == f"arn:aws:apigateway:us-east-1:{aws.account}:/domainnames/{first.name}+{first.id}"
    found = first.client.get_domain_name(**first.place)
    assert found["endpointConfiguration"] == {"types": ["PRIVATE"], "ipAddressType": "dualstack"}
    assert (found["domainName"], found["domainNameId"], found["tags"]) == (first.name, first.id, {"a": "b"})
    assert "regionalDomainName" not in found and found["certificateArn"].endswith("certificate/x")
    (statement,) = json.loads(found["policy"])["Statement"]
    assert (statement["Effect"], statement["Resource"]) == ("Deny", first.arn.replace("apigateway", "execute-api"))
    listed = first.client.get_domain_names(limit=1)
    assert len(listed["items"]) == 1
    rest = first.client.get_domain_names(position=listed["position"])["items"]
    assert {each["domainNameId"] for each in listed["items"] + rest} == {first.id, second.id}
    assert refusal(first.client.get_domain_name, domainName=first.name)[0] == "NotFoundException"
    named = {"domainName": f"{first.name}+{first.id}"}
    assert refusal(first.client.get_domain_name, **named)[0] == "NotFoundException"
    others = aws.client("apigatewayv2")
    assert others.get_domain_names()["Items"] == []
    assert refusal(others.get_domain_name, DomainName=named["domainName"])[0] == "NotFoundException"
    first.client.delete_domain_name(**first.place)
    assert refusal(first.client.get_domain_name, **first.place)[0] == "NotFoundException"
    assert first.client.get_domain_name(**second.place)["domainNameId"] == second.id


def test_what_does_not_fit_a_private_name_is_refused(aws: Serein) -> None:
    client = aws.client("apigateway")
    certificate = f"arn:aws:acm:us-east-1:{aws.account}:certificate/x"
    asked = {"domainName": "p.example.com", "certificateArn": certificate}
    private = {**asked, "endpointConfiguration": {"types": ["PRIVATE"]}}
    narrow = {"types": ["PRIVATE"], "ipAddressType": "ipv4"}
    bad: list[dict[str, Any]] = [
        {**asked, "policy": policy(OPEN)},
        {**private, "policy": "{"},
        {**private, "endpointConfiguration": narrow},
        {**private, "mutualTlsAuthentication": {"truststoreUri": "s3://bucket/key"}},
        {"domainName": "p.example.com", "endpointConfiguration": {"types": ["PRIVATE"]}},
        {"domainName": "p.example.com", "regionalCertificateArn": certificate, "endpointConfiguration": narrow},
    ]
    assert [refusal(client.create_domain_name, **each)[0] for each in bad] == ["BadRequestException"] * len(bad)
    domain = make(aws)
    for path, value in (("/policy", "x"), ("/endpointConfiguration/types/PRIVATE", "REGIONAL"), ("/policy", "")):
        patches = [patch("replace", path, value)]
        code, _ = refusal(client.update_domain_name, **domain.place, patchOperations=patches)
        assert code == "BadRequestException"


def test_a_private_name_serves_whom_its_policy_lets_in(aws: Serein, api: RestApi) -> None:
    domain = make(aws)
    mapping = {**domain.place, "basePath": "shop"}
    api.client.create_base_path_mapping(**mapping, restApiId=api.id, stage="prod")
    masked = domain.arn.replace("apigateway", "execute-api").replace(aws.account, "*" * 8 + aws.account[-4:])
    refused = get(aws, domain.name, "/shop/open")
    assert (refused.status, refused.json()["Message"]) == (
        403,
        f"User: anonymous is not authorized to perform: execute-api:Invoke on resource: {masked} with an explicit deny",
    )
    changed = domain.change("/policy", policy(OPEN))
    assert masked.rpartition("+")[2] in changed["policy"] and "execute-api:/" not in changed["policy"]
    assert get(aws, domain.name, "/shop/open").body == b"in"
    assert get(aws, domain.name, "/elsewhere").status == 403
    (found,) = api.client.get_base_path_mappings(**domain.place)["items"]
    assert found == {"basePath": "shop", "restApiId": api.id, "stage": "prod"}
    assert api.client.get_base_path_mapping(**mapping)["stage"] == "prod"
    api.client.update_base_path_mapping(**mapping, patchOperations=[patch("replace", "/basePath", "store")])
    assert get(aws, domain.name, "/store/open").status == 200
    api.client.delete_base_path_mapping(**{**mapping, "basePath": "store"})
    assert get(aws, domain.name, "/store/open").status == 403


def test_a_request_comes_through_an_associated_endpoint_that_the_policies_want(aws: Serein, api: RestApi) -> None:
    domain = make(aws, policy=policy(OPEN, only_from(ENDPOINT)))
    api.client.create_base_path_mapping(**domain.place, restApiId=api.id, stage="prod")
    assert get(aws, domain.name, "/open").status == 403
    other = associate(api.client, domain, "vpce-other")
    assert get(aws, domain.name, "/open").status == 403
    made = associate(api.client, domain)
    assert get(aws, domain.name, "/open").status == 200
    # The API's own policy sees the same endpoint.
    replaced = [patch("replace", "/policy", policy(OPEN, only_from("vpce-third")))]
    api.client.update_rest_api(restApiId=api.id, patchOperations=replaced)
    api.deploy()
    assert get(aws, domain.name, "/open").status == 403
    for each in (made, other):
        place = {"domainNameAccessAssociationArn": each["domainNameAccessAssociationArn"]}
        api.client.delete_domain_name_access_association(**place)
    assert association_arns(api.client) == []


def test_of_private_names_that_are_alike_the_one_in_use_answers(aws: Serein, api: RestApi) -> None:
    first = make(aws, policy=policy(OPEN))
    second = make(aws, first.name, policy=policy(OPEN))
    api.client.create_base_path_mapping(**first.place, restApiId=api.id, stage="prod", basePath="first")
    api.client.create_base_path_mapping(**second.place, restApiId=api.id, stage="prod", basePath="second")
    associate(api.client, second)
    assert get(aws, first.name, "/first/open").status == 403
    assert get(aws, first.name, "/second/open").status == 200
    api.client.delete_domain_name(**second.place)
    assert get(aws, first.name, "/first/open").status == 200


def test_an_association_is_made_tagged_listed_and_goes_with_its_name(aws: Serein) -> None:
    domain = make(aws)
    client = domain.client
    made = associate(client, domain, tags={"a": "b"})
    arn = made["domainNameAccessAssociationArn"]
    start = f"arn:aws:apigateway:us-east-1:{aws.account}:/domainnameaccessassociations/domainname"
    assert arn == f"{start}/{domain.name}+{domain.id}/vpcesource/{ENDPOINT}"
    assert (made["accessAssociationSource"], made["accessAssociationSourceType"]) == (ENDPOINT, "VPCE")
    assert (made["domainNameArn"], made["tags"]) == (domain.arn, {"a": "b"})
    asked = {"domainNameArn": domain.arn, "accessAssociationSourceType": "VPCE", "accessAssociationSource": ENDPOINT}
    create = client.create_domain_name_access_association
    assert refusal(create, **asked)[0] == "ConflictException"
    assert refusal(create, **{**asked, "accessAssociationSource": "eni-1"})[0] == "BadRequestException"
    assert refusal(create, **{**asked, "domainNameArn": domain.arn.replace("+", "")})[0] == "BadRequestException"
    assert refusal(create, **{**asked, "domainNameArn": domain.arn + "x"})[0] == "BadRequestException"
    assert refusal(create, **{**asked, "accessAssociationSourceType": "X"})[0] == "ValidationException"
    second = associate(client, domain, "vpce-b")["domainNameAccessAssociationArn"]
    page = client.get_domain_name_access_associations(limit=1)
    assert [each["domainNameAccessAssociationArn"] for each in page["items"]] == [arn]
    rest = client.get_domain_name_access_associations(position=page["position"])["items"]
    assert [each["domainNameAccessAssociationArn"] for each in rest] == [second]
    for place in (arn, domain.arn):
        client.tag_resource(resourceArn=place, tags={"c": "d"})
        client.untag_resource(resourceArn=place, tagKeys=["a"])
        assert client.get_tags(resourceArn=place)["tags"] == {"c": "d"}
    assert association_arns(client, "OTHER_ACCOUNTS") == []
    delete = client.delete_domain_name_access_association
    assert refusal(delete, domainNameAccessAssociationArn=arn + "x")[0] == "NotFoundException"
    delete(domainNameAccessAssociationArn=second)
    client.delete_domain_name(**domain.place)
    assert association_arns(client) == []
    assert refusal(client.get_tags, resourceArn=arn)[0] == "NotFoundException"


def test_a_name_is_shared_by_its_management_policy_and_others_are_rejected(aws: Serein) -> None:
    domain = make(aws)
    other = aws.client("apigateway", aws_access_key_id=OTHER)
    asked = {"domainNameArn": domain.arn, "accessAssociationSourceType": "VPCE", "accessAssociationSource": ENDPOINT}
    create = other.create_domain_name_access_association
    assert domain.arn not in str(other.get_domain_names(resourceOwner="OTHER_ACCOUNTS", limit=500)["items"])
    code, message = refusal(create, **asked)
    assert code == "AccessDeniedException" and message.endswith(
        f"apigateway:CreateAccessAssociation on resource: {domain.arn}"
    )
    shared = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
        "Action": "apigateway:CreateAccessAssociation",
        "Resource": domain.arn,
    }
    assert domain.change("/managementPolicy", policy(shared))["managementPolicy"] == policy(shared)
    theirs = other.get_domain_names(resourceOwner="OTHER_ACCOUNTS", limit=500)["items"]
    assert domain.arn in [each["domainNameArn"] for each in theirs]
    assert domain.client.get_domain_names(resourceOwner="OTHER_ACCOUNTS")["items"] == []
    arn = create(**asked)["domainNameAccessAssociationArn"]
    own = associate(domain.client, domain)["domainNameAccessAssociationArn"]
    assert association_arns(domain.client, "OTHER_ACCOUNTS") == [arn]
    delete, reject = (
        domain.client.delete_domain_name_access_association,
        domain.client.reject_domain_name_access_association,
    )
    assert refusal(delete, domainNameAccessAssociationArn=arn)[0] == "NotFoundException"
    place = {"domainNameAccessAssociationArn": arn, "domainNameArn": domain.arn}
    assert refusal(reject, **{**place, "domainNameAccessAssociationArn": own})[0] == "BadRequestException"
    assert refusal(other.reject_domain_name_access_association, **place)[0] == "NotFoundException"
    reject(**place)
    assert refusal(reject, **place)[0] == "NotFoundException"
    assert association_arns(domain.client, "OTHER_ACCOUNTS") == []
    # AWS: only the account that made it deletes it.
    assert arn in association_arns(other)
    other.delete_domain_name_access_association(domainNameAccessAssociationArn=arn)
    assert arn not in association_arns(other)


def test_routing_rules_belong_to_the_private_name_of_the_id(aws: Serein, api: RestApi) -> None:
    domain = make(aws, policy=policy(OPEN), routingMode="ROUTING_RULE_ONLY")
    rules = aws.client("apigatewayv2")
    place = {"DomainName": domain.name, "DomainNameId": domain.id}
    rules.create_routing_rule(
        **place,
        Priority=1,
        Conditions=[{"MatchBasePaths": {"AnyOf": ["a"]}}],
        Actions=[{"InvokeApi": {"ApiId": api.id, "Stage": "prod", "StripBasePath": True}}],
    )
    assert get(aws, domain.name, "/a/open").status == 200
    assert len(rules.list_routing_rules(**place)["RoutingRules"]) == 1
    assert refusal(rules.list_routing_rules, DomainName=domain.name)[0] == "NotFoundException"


TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters: {Name: {Type: String}, Allowed: {Type: String, Default: vpce-1}}
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      EndpointConfiguration: {Type: PRIVATE}
      Domain:
        DomainName: !Ref Name
        CertificateArn: arn:aws:acm:us-east-1:123456789012:certificate/c
        EndpointConfiguration: PRIVATE
        BasePath: [shop]
        Policy:
          Version: "2012-10-17"
          Statement:
            - {Effect: Allow, Principal: "*", Action: execute-api:Invoke, Resource: execute-api:/*}
            - Effect: Deny
              Principal: "*"
              Action: execute-api:Invoke
              Resource: execute-api:/*
              Condition: {StringNotEquals: {aws:SourceVpce: !Ref Allowed}}
        AccessAssociation: {VpcEndpointId: vpce-1}
      DefinitionBody:
        openapi: 3.0.1
        info: {title: private, version: "1"}
        paths:
          /open:
            get:
              responses: {"200": {description: in}}
              x-amazon-apigateway-integration:
                type: mock
                requestTemplates: {application/json: '{"statusCode": 200}'}
                responses: {default: {statusCode: "200"}}
"""


def test_a_template_makes_a_private_name_and_changes_its_policy(aws: Serein, tmp_path: Path) -> None:
    name = f"{aws.unique('private')}.example.com"
    template = tmp_path / "template.yaml"
    template.write_text(TEMPLATE)
    aws.deploy(template, parameters={"Name": name})
    client = aws.client("apigateway")
    (domain,) = client.get_domain_names()["items"]
    assert (domain["domainName"], domain["endpointConfiguration"]["types"]) == (name, ["PRIVATE"])
    assert len(association_arns(client)) == 1
    assert get(aws, name, "/shop/open").status == 200
    aws.deploy(template, parameters={"Name": name, "Allowed": "vpce-2"})
    (changed,) = client.get_domain_names()["items"]
    assert changed["domainNameId"] == domain["domainNameId"]
    assert get(aws, name, "/shop/open").status == 403
