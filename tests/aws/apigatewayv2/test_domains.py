"""Custom domain names: made, mapped, and served by host name, over HTTPS too."""

import http.client
import json
import ssl
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from http_api import ECHO, Answer, Api
from serein.testing import Serein

CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/c"


def _domain(aws: Serein, apis: Any, **more: Any) -> str:
    name = f"{aws.unique('api')}.example.com"
    apis.create_domain_name(DomainName=name, DomainNameConfigurations=[{"CertificateArn": CERTIFICATE}], **more)
    return name


def _get(aws: Serein, host: str, path: str) -> Answer:
    endpoint = urlsplit(aws.endpoint)
    connection = http.client.HTTPConnection(endpoint.hostname or "", endpoint.port, timeout=60)
    connection.request("GET", path, headers={"Host": host})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return Answer(answer.status, answer.getheaders(), content)


def test_a_domain_name_is_made_shown_changed_and_deleted(aws: Serein) -> None:
    apis = aws.client("apigatewayv2")
    name = _domain(aws, apis, Tags={"a": "b"})
    shown = apis.get_domain_name(DomainName=name)
    assert (shown["ApiMappingSelectionExpression"], shown["Tags"]) == ("$request.basepath", {"a": "b"})
    (configuration,) = shown["DomainNameConfigurations"]
    assert (configuration["EndpointType"], configuration["DomainNameStatus"]) == ("REGIONAL", "AVAILABLE")
    assert configuration["ApiGatewayDomainName"].endswith(".execute-api.us-east-1.amazonaws.com")
    assert configuration["HostedZoneId"] == "Z1UJRXOUMOOFQ8"
    other = CERTIFICATE.replace("/c", "/d")
    changed = apis.update_domain_name(DomainName=name, DomainNameConfigurations=[{"CertificateArn": other}])
    assert changed["DomainNameConfigurations"][0]["CertificateArn"] == other
    assert changed["DomainNameConfigurations"][0]["ApiGatewayDomainName"] == configuration["ApiGatewayDomainName"]
    assert name in [each["DomainName"] for each in apis.get_domain_names()["Items"]]
    arn = shown["DomainNameArn"]
    apis.tag_resource(ResourceArn=arn, Tags={"c": "d"})
    apis.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert apis.get_tags(ResourceArn=arn)["Tags"] == {"c": "d"}
    apis.delete_domain_name(DomainName=name)
    with pytest.raises(ClientError, match="NotFoundException"):
        apis.get_domain_name(DomainName=name)


def test_requests_to_a_domain_name_reach_the_mapped_stage(aws: Serein, api: Api) -> None:
    api.route("GET /items/{id}", api.function(ECHO))
    api.apis.create_stage(ApiId=api.id, StageName="prod", AutoDeploy=True, StageVariables={"v": "1"})
    name = _domain(aws, api.apis)
    assert _get(aws, name, "/").status == 403
    mapping = api.apis.create_api_mapping(DomainName=name, ApiId=api.id, Stage="prod", ApiMappingKey="shop/v1")
    event = _get(aws, name, "/shop/v1/items/7?a=b").json()
    assert (event["rawPath"], event["pathParameters"]) == ("/shop/v1/items/7", {"id": "7"})
    context = event["requestContext"]
    assert (context["domainName"], context["domainPrefix"]) == (name, name.partition(".")[0])
    assert (context["stage"], event["stageVariables"]) == ("prod", {"v": "1"})
    assert _get(aws, name, "/shop/v1/nothing").status == 404
    refused = _get(aws, name, "/items/7")
    assert (refused.status, refused.json()) == (403, {"message": "Forbidden"})
    api.apis.update_api_mapping(
        DomainName=name, ApiId=api.id, ApiMappingId=mapping["ApiMappingId"], ApiMappingKey="", Stage="$default"
    )
    assert _get(aws, name, "/items/7").json()["requestContext"]["stage"] == "$default"
    # The API's own endpoint may be closed: the domain name still leads to it.
    api.apis.update_api(ApiId=api.id, DisableExecuteApiEndpoint=True)
    assert api.send("GET", "/items/7").status == 403
    assert _get(aws, name, "/items/7").status == 200
    with pytest.raises(ClientError, match="BadRequestException"):
        api.apis.delete_api(ApiId=api.id)
    with pytest.raises(ClientError, match="BadRequestException"):
        api.apis.delete_stage(ApiId=api.id, StageName="$default")
    api.apis.delete_api_mapping(DomainName=name, ApiMappingId=mapping["ApiMappingId"])
    assert _get(aws, name, "/items/7").status == 403
    api.apis.delete_domain_name(DomainName=name)
    assert b"does not mean this server" in _get(aws, name, "/items/7").body


def test_a_domain_name_is_served_over_https_with_a_certificate_of_its_own(aws: Serein, api: Api) -> None:
    api.route("GET /a", api.function(ECHO))
    name = _domain(aws, api.apis)
    api.apis.create_api_mapping(DomainName=name, ApiId=api.id, Stage="$default")
    endpoint = urlsplit(aws.endpoint)
    plain = http.client.HTTPConnection(endpoint.hostname or "", endpoint.port, timeout=60)
    plain.request("GET", "/_serein/state")
    data = json.loads(plain.getresponse().read())["data"]
    plain.close()
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    # The authority is made with the first connection; after that it is what a client trusts.
    first = http.client.HTTPSConnection(endpoint.hostname or "", endpoint.port, timeout=60, context=context)
    first.request("GET", "/a", headers={"Host": name})
    assert first.getresponse().read()
    first.close()
    trusting = ssl.create_default_context(cafile=f"{data}/tls/ca.pem")

    class Named(http.client.HTTPSConnection):
        def connect(self) -> None:
            http.client.HTTPConnection.connect(self)
            self.sock = trusting.wrap_socket(self.sock, server_hostname=name)

    connection = Named(endpoint.hostname or "", endpoint.port, timeout=60)
    connection.request("GET", "/a", headers={"Host": name})
    event = json.loads(connection.getresponse().read())
    connection.close()
    assert event["headers"]["x-forwarded-proto"] == "https"
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"


def test_mappings_are_listed_and_checked(aws: Serein, api: Api) -> None:
    name = _domain(aws, api.apis)
    made = api.apis.create_api_mapping(DomainName=name, ApiId=api.id, Stage="$default", ApiMappingKey="a")
    assert api.apis.get_api_mappings(DomainName=name)["Items"] == [
        {"ApiId": api.id, "ApiMappingId": made["ApiMappingId"], "ApiMappingKey": "a", "Stage": "$default"}
    ]
    shown = api.apis.get_api_mapping(DomainName=name, ApiMappingId=made["ApiMappingId"])
    assert shown["ApiMappingKey"] == "a"
    for wrong, code in (
        ({"ApiMappingKey": "a"}, "ConflictException"),
        ({"ApiMappingKey": "/a"}, "BadRequestException"),
        ({"ApiMappingKey": "a//b"}, "BadRequestException"),
        ({"Stage": "nothing"}, "BadRequestException"),
        ({"ApiId": "nothing"}, "NotFoundException"),
        ({"DomainName": "nothing.example.com"}, "NotFoundException"),
    ):
        request = {"DomainName": name, "ApiId": api.id, "Stage": "$default", **wrong}
        with pytest.raises(ClientError, match=code):
            api.apis.create_api_mapping(**request)
    with pytest.raises(ClientError, match="NotFoundException"):
        api.apis.get_api_mapping(DomainName=name, ApiMappingId="nothing")


@pytest.mark.parametrize(
    "wrong",
    [
        {"DomainName": "nodots"},
        {"DomainName": "127.0.0.1"},
        {"DomainName": "x.amazonaws.com"},
        {"DomainName": "a_b.example.com"},
        {"DomainNameConfigurations": []},
        {"DomainNameConfigurations": [{}]},
        {"DomainNameConfigurations": [{"CertificateArn": "arn:aws:s3:::b"}]},
        {"DomainNameConfigurations": [{"CertificateArn": CERTIFICATE, "EndpointType": "EDGE"}]},
        {"MutualTlsAuthentication": {"TruststoreUri": "https://x"}},
        {"RoutingMode": "AT_RANDOM"},
    ],
    ids=json.dumps,
)
def test_a_domain_name_that_makes_no_sense_is_refused(aws: Serein, wrong: dict[str, Any]) -> None:
    request = {
        "DomainName": "good.example.com",
        "DomainNameConfigurations": [{"CertificateArn": CERTIFICATE}],
        **wrong,
    }
    with pytest.raises(ClientError):
        aws.client("apigatewayv2").create_domain_name(**request)


def test_a_domain_name_is_had_once(aws: Serein) -> None:
    apis = aws.client("apigatewayv2")
    name = _domain(aws, apis)
    with pytest.raises(ClientError, match="already exists"):
        apis.create_domain_name(DomainName=name.upper(), DomainNameConfigurations=[{"CertificateArn": CERTIFICATE}])
