"""Portals: products of REST endpoints, their pages, sharing, publishing, and what a portal shows."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from rest_api import MOCK, RestApi
from serein.testing import Serein

COLORS = {
    "AccentColor": "#0a7",
    "BackgroundColor": "#ffffff",
    "ErrorValidationColor": "red",
    "HeaderColor": "#123456",
    "NavigationColor": "rgb(1,2,3)",
    "TextColor": "black",
}
CONTENT = {"DisplayName": "Pets & co", "Description": "All <pets>", "Theme": {"CustomColors": COLORS}}
CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/c"
PLAIN: dict[str, Any] = {
    "Authorization": {"None": {}},
    "EndpointConfiguration": {"None": {}},
    "PortalContent": CONTENT,
}


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


class Shop:
    """A portal product with one page for people and one REST endpoint, GET /pets of a deployed API."""

    def __init__(self, aws: Serein) -> None:
        self.aws, self.v2 = aws, aws.client("apigatewayv2")
        self.api = RestApi(aws)
        self.api.method("/pets", "GET", MOCK, {"200": {}}, operationName="listPets")
        self._document()
        made = self.v2.create_portal_product(DisplayName="Adoption", Description="Adopt", Tags={"team": "a"})
        self.arn, self.id = made["PortalProductArn"], made["PortalProductId"]
        content = {"Title": "Start <here>", "Body": "# First\n\nUse `GET` **now**, <script>alert(1)</script>"}
        self.page = self.v2.create_product_page(PortalProductId=self.id, DisplayContent=content)
        self.endpoint = self.v2.create_product_rest_endpoint_page(
            PortalProductId=self.id, RestEndpointIdentifier=self.names("GET", "/pets"), TryItState="ENABLED"
        )

    def _document(self) -> None:
        location = {"type": "METHOD", "path": "/pets", "method": "GET"}
        properties = json.dumps({"summary": "The pets", "description": "All of them."})
        self.api.client.create_documentation_part(restApiId=self.api.id, location=location, properties=properties)
        self.api.deploy()
        self.api.client.create_documentation_version(restApiId=self.api.id, documentationVersion="1", stageName="prod")

    def names(self, method: str, path: str, stage: str = "prod") -> dict[str, Any]:
        parts = {"RestApiId": self.api.id, "Stage": stage, "Path": path, "Method": method}
        return {"IdentifierParts": parts}

    def portal(self, **settings: Any) -> str:
        made = self.v2.create_portal(**{**PLAIN, "IncludedPortalProductArns": [self.arn], **settings})
        return str(made["PortalId"])

    def read(self, place: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"{self.aws.endpoint}/_serein/portals/{place}") as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


@pytest.fixture
def shop(aws: Serein) -> Shop:
    return Shop(aws)


def test_a_portal_is_kept_shown_listed_changed_and_deleted(aws: Serein) -> None:
    v2 = aws.client("apigatewayv2")
    pool = f"arn:aws:cognito-idp:{aws.region}:{aws.account}:userpool/{aws.region}_abc"
    cognito = {"AppClientId": "c", "UserPoolArn": pool, "UserPoolDomain": "https://pool.example.com"}
    managed = {"CertificateArn": CERTIFICATE, "DomainName": "pets.example.com"}
    made = v2.create_portal(
        Authorization={"CognitoConfig": cognito},
        EndpointConfiguration={"AcmManaged": managed},
        LogoUri="https://example.com/logo.png",
        PortalContent=CONTENT,
        RumAppMonitorName="monitor",
        Tags={"a": "1"},
    )
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert made["PortalArn"] == f"arn:aws:apigateway:{aws.region}:{aws.account}:/portals/{made['PortalId']}"
    assert made["Authorization"] == {"CognitoConfig": cognito}
    assert made["EndpointConfiguration"].items() >= managed.items()
    assert made["EndpointConfiguration"]["PortalDefaultDomainName"]
    assert (made["RumAppMonitorName"], made["Tags"], made["PortalContent"]) == ("monitor", {"a": "1"}, CONTENT)
    assert "PublishStatus" not in made and "LastPublished" not in made
    ids = sorted([made["PortalId"], v2.create_portal(**PLAIN)["PortalId"]])
    first = v2.list_portals(MaxResults="1")
    second = v2.list_portals(MaxResults="1", NextToken=first["NextToken"])
    assert [each["PortalId"] for each in first["Items"] + second["Items"]] == ids and "NextToken" not in second
    changed = v2.update_portal(
        PortalId=made["PortalId"],
        Authorization={"None": {}},
        EndpointConfiguration={"None": {}},
        IncludedPortalProductArns=[],
        LogoUri="",
        PortalContent={**CONTENT, "DisplayName": "Other"},
        RumAppMonitorName="",
    )
    assert changed["PortalContent"]["DisplayName"] == "Other" and "DomainName" not in changed["EndpointConfiguration"]
    found = v2.get_portal(PortalId=made["PortalId"])
    assert found["PortalContent"]["DisplayName"] == "Other" and found["Authorization"] == {"None": {}}
    for _ in range(2):
        assert v2.delete_portal(PortalId=made["PortalId"])["ResponseMetadata"]["HTTPStatusCode"] == 204
    with pytest.raises(ClientError) as error:
        v2.get_portal(PortalId=made["PortalId"])
    assert refusal(error) == ("NotFoundException", 404)


@pytest.mark.parametrize(
    "wrong",
    [
        {"Authorization": {}},
        {"EndpointConfiguration": {}},
        {"Authorization": {"CognitoConfig": {"AppClientId": "c", "UserPoolArn": "x" * 20, "UserPoolDomain": "y" * 20}}},
        {"EndpointConfiguration": {"AcmManaged": {"CertificateArn": "x" * 10, "DomainName": "a.example.com"}}},
        {"EndpointConfiguration": {"AcmManaged": {"CertificateArn": CERTIFICATE, "DomainName": "a b c"}}},
        {"PortalContent": {**CONTENT, "Theme": {"CustomColors": {**COLORS, "TextColor": "red;}"}}}},
        {"PortalContent": {**CONTENT, "DisplayName": "x" * 256}},
        {"LogoUri": "javascript:alert(1)"},
        {"LogoUri": "https://[/logo.png"},
        {"IncludedPortalProductArns": ["arn:aws:sqs:us-east-1:000000000000:queue"]},
        {"IncludedPortalProductArns": ["arn:aws:apigateway:us-east-1:000000000000:/portalproducts/p000000000"]},
        {"IncludedPortalProductArns": ["arn:aws:apigateway:eu-west-1:000000000000:/portalproducts/p000000000"]},
        {"IncludedPortalProductArns": ["arn:aws:apigateway:us-east-1:000000000000:/portalproducts/p000000000"] * 2},
        {"Tags": {str(number): "" for number in range(51)}},
    ],
)
def test_a_portal_refuses_what_is_no_portal(aws: Serein, wrong: dict[str, Any]) -> None:
    client = aws.client("apigatewayv2", config=Config(parameter_validation=False))
    with pytest.raises(ClientError) as error:
        client.create_portal(**{**PLAIN, **wrong})
    assert refusal(error) == ("BadRequestException", 400)


def test_an_account_has_fifteen_portals(aws: Serein) -> None:
    v2 = aws.client("apigatewayv2")
    for _ in range(15):
        v2.create_portal(**PLAIN)
    impatient = aws.client("apigatewayv2", config=Config(retries={"total_max_attempts": 1}))
    with pytest.raises(ClientError) as error:
        impatient.create_portal(**PLAIN)
    assert refusal(error) == ("TooManyRequestsException", 429)


def test_a_published_portal_is_a_page_until_it_is_disabled(shop: Shop) -> None:
    v2, portal = shop.v2, shop.portal(LogoUri="s3://logos/a b.png")
    assert shop.read(portal)[0] == 404 and shop.read("none/of/these")[0] == 404
    with pytest.raises(ClientError) as error:
        v2.disable_portal(PortalId=portal)
    assert refusal(error) == ("ConflictException", 409)
    assert v2.publish_portal(PortalId=portal, Description="first")["ResponseMetadata"]["HTTPStatusCode"] == 202
    found = v2.get_portal(PortalId=portal)
    assert (found["PublishStatus"], found["LastPublishedDescription"]) == ("PUBLISHED", "first")
    assert found["LastPublished"]
    status, text = shop.read(portal)
    assert status == 200
    for shown in (
        "Pets &amp; co",
        "All &lt;pets&gt;",
        "Start &lt;here&gt;",
        "<h4>First</h4>",
        "<code>GET</code> <b>now</b>",
        "&lt;script&gt;",
        "listPets",
        "<b>GET</b> <code>/pets</code>",
        f"/_serein/api/{shop.api.id}/prod/pets",
        f"/_serein/apis/{shop.api.id}/prod?account={shop.aws.account}",
        "All of them.",
        "--header: #123456;",
        'src="/logos/a%20b.png"',
    ):
        assert shown in text
    assert "<script" not in text
    v2.update_portal(PortalId=portal, PortalContent={**CONTENT, "DisplayName": "Renamed"})
    v2.delete_product_page(PortalProductId=shop.id, ProductPageId=shop.page["ProductPageId"])
    assert shop.read(portal)[1] == text
    v2.publish_portal(PortalId=portal)
    assert "Renamed" in shop.read(portal)[1] and "Start" not in shop.read(portal)[1]
    with pytest.raises(ClientError) as error:
        v2.delete_portal(PortalId=portal)
    assert refusal(error) == ("BadRequestException", 400)
    assert v2.disable_portal(PortalId=portal)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert v2.get_portal(PortalId=portal)["PublishStatus"] == "DISABLED"
    assert shop.read(portal)[0] == 404
    v2.delete_portal(PortalId=portal)


def test_a_preview_is_a_page_of_its_own(shop: Shop) -> None:
    portal = shop.portal()
    assert shop.v2.preview_portal(PortalId=portal)["ResponseMetadata"]["HTTPStatusCode"] == 202
    preview = shop.v2.get_portal(PortalId=portal)["Preview"]
    assert preview["PreviewStatus"] == "PREVIEW_READY"
    with urllib.request.urlopen(preview["PreviewUrl"]) as answer:
        text = answer.read().decode()
    assert "listPets" in text and "/_serein/apis/" not in text
    assert shop.read(portal)[0] == 404


def test_a_portal_that_cannot_be_published_says_why_and_shows_what_it_did(shop: Shop) -> None:
    v2, portal = shop.v2, shop.portal()
    v2.publish_portal(PortalId=portal)
    shop.api.client.delete_stage(restApiId=shop.api.id, stageName="prod")
    page = v2.get_product_rest_endpoint_page(
        PortalProductId=shop.id, ProductRestEndpointPageId=shop.endpoint["ProductRestEndpointPageId"]
    )
    assert page["Status"] == "FAILED" and page["StatusException"]["Exception"] == "NotFoundException"
    v2.publish_portal(PortalId=portal)
    v2.preview_portal(PortalId=portal)
    found = v2.get_portal(PortalId=portal)
    assert found["PublishStatus"] == "PUBLISH_FAILED" and "GET /pets" in found["StatusException"]["Message"]
    assert found["Preview"]["PreviewStatus"] == "PREVIEW_FAILED" and found["Preview"]["StatusException"]["Message"]
    assert shop.read(portal)[0] == 200
    v2.delete_portal_product(PortalProductId=shop.id)
    v2.publish_portal(PortalId=portal)
    assert v2.get_portal(PortalId=portal)["StatusException"]["Exception"] == "BadRequestException"
    v2.update_portal(PortalId=portal, IncludedPortalProductArns=[])
    v2.publish_portal(PortalId=portal)
    found = v2.get_portal(PortalId=portal)
    assert found["PublishStatus"] == "PUBLISHED" and "StatusException" not in found


def test_products_have_pages_in_an_order(shop: Shop) -> None:
    v2 = shop.v2
    assert shop.arn == f"arn:aws:apigateway:{shop.aws.region}:{shop.aws.account}:/portalproducts/{shop.id}"
    assert shop.page["ProductPageArn"] == f"{shop.arn}/productpages/{shop.page['ProductPageId']}"
    second = v2.create_product_page(PortalProductId=shop.id, DisplayContent={"Title": "Second", "Body": "b"})
    listed = v2.get_paginator("list_product_pages").paginate(PortalProductId=shop.id, PaginationConfig={"PageSize": 1})
    assert {each["PageTitle"] for page in listed for each in page["Items"]} == {"Start <here>", "Second"}
    order = {
        "Contents": [
            {"SectionName": "Animals", "ProductRestEndpointPageArns": [shop.endpoint["ProductRestEndpointPageArn"]]}
        ],
        "OverviewPageArn": second["ProductPageArn"],
        "ProductPageArns": [shop.page["ProductPageArn"]],
    }
    changed = v2.update_portal_product(
        PortalProductId=shop.id, DisplayName="Renamed", Description="new", DisplayOrder=order
    )
    assert (changed["DisplayName"], changed["Description"], changed["DisplayOrder"]) == ("Renamed", "new", order)
    portal = shop.portal()
    v2.publish_portal(PortalId=portal)
    text = shop.read(portal)[1]
    assert text.index("Renamed") < text.index("Second") < text.index("Start") < text.index("Animals")
    for wrong in ({"ProductPageArns": [shop.arn]}, {"ProductPageArns": [second["ProductPageArn"]] * 2}):
        with pytest.raises(ClientError) as error:
            v2.update_portal_product(PortalProductId=shop.id, DisplayOrder=wrong)
        assert refusal(error) == ("BadRequestException", 400)
    key = {"PortalProductId": shop.id, "ProductPageId": second["ProductPageId"]}
    assert v2.update_product_page(**key, DisplayContent={"Title": "2", "Body": "c"})["DisplayContent"]["Title"] == "2"
    assert v2.get_product_page(**key)["DisplayContent"] == {"Title": "2", "Body": "c"}
    v2.delete_product_page(**key)
    for missing in (v2.get_product_page, v2.update_product_page, v2.delete_product_page):
        with pytest.raises(ClientError) as error:
            missing(**key)
        assert refusal(error) == ("NotFoundException", 404)
    left = v2.get_portal_product(PortalProductId=shop.id)["DisplayOrder"]
    assert "OverviewPageArn" not in left and left["ProductPageArns"] == [shop.page["ProductPageArn"]]


def test_endpoints_are_methods_that_a_stage_serves(shop: Shop) -> None:
    v2, endpoint = shop.v2, shop.endpoint
    assert (endpoint["Status"], endpoint["TryItState"]) == ("AVAILABLE", "ENABLED")
    assert endpoint["RestEndpointIdentifier"] == shop.names("GET", "/pets")
    assert endpoint["DisplayContent"]["OperationName"] == "listPets"
    assert endpoint["DisplayContent"]["Body"] == "The pets\n\nAll of them."
    assert shop.api.id in endpoint["DisplayContent"]["Endpoint"]
    for wrong in (shop.names("POST", "/pets"), shop.names("GET", "/cats"), shop.names("GET", "/pets", "dev")):
        with pytest.raises(ClientError) as error:
            v2.create_product_rest_endpoint_page(PortalProductId=shop.id, RestEndpointIdentifier=wrong)
        assert refusal(error) == ("NotFoundException", 404)
    for invalid in ({}, shop.names("GET", "pets")):
        with pytest.raises(ClientError) as error:
            v2.create_product_rest_endpoint_page(PortalProductId=shop.id, RestEndpointIdentifier=invalid)
        assert refusal(error) == ("BadRequestException", 400)
    key = {"PortalProductId": shop.id, "ProductRestEndpointPageId": endpoint["ProductRestEndpointPageId"]}
    overrides = {"Body": "mine", "Endpoint": "https://api.example.com", "OperationName": "View"}
    changed = v2.update_product_rest_endpoint_page(
        **key, DisplayContent={"Overrides": overrides}, TryItState="DISABLED"
    )
    assert (changed["DisplayContent"], changed["TryItState"]) == (overrides, "DISABLED")
    [summary] = v2.list_product_rest_endpoint_pages(PortalProductId=shop.id)["Items"]
    assert (summary["Endpoint"], summary["OperationName"]) == ("https://api.example.com", "View")
    reset = v2.update_product_rest_endpoint_page(**key, DisplayContent={"None": {}})
    assert (reset["DisplayContent"]["OperationName"], reset["TryItState"]) == ("listPets", "DISABLED")
    raw = json.loads(v2.get_product_rest_endpoint_page(**key, IncludeRawDisplayContent="true")["RawDisplayContent"])
    assert list(raw["paths"]) == ["/pets"]
    with pytest.raises(ClientError) as error:
        v2.get_product_rest_endpoint_page(**key, IncludeRawDisplayContent="perhaps")
    assert refusal(error) == ("BadRequestException", 400)
    v2.delete_product_rest_endpoint_page(**key)
    with pytest.raises(ClientError) as error:
        v2.delete_product_rest_endpoint_page(**key)
    assert refusal(error) == ("NotFoundException", 404)


def test_a_product_is_shared_by_its_policy(shop: Shop) -> None:
    v2, other = shop.v2, Serein(shop.aws.endpoint)
    theirs = other.client("apigatewayv2")
    named = {"PortalProductId": shop.id, "ResourceOwnerAccountId": shop.aws.account}
    for refused in (
        lambda: theirs.get_portal_product(**named),
        lambda: theirs.create_portal(**PLAIN, IncludedPortalProductArns=[shop.arn]),
    ):
        with pytest.raises(ClientError) as error:
            refused()
        assert refusal(error) == ("AccessDeniedException", 403)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{other.account}:root"},
        "Action": "apigateway:*",
        "Resource": shop.arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    with pytest.raises(ClientError) as error:
        v2.put_portal_product_sharing_policy(PortalProductId=shop.id, PolicyDocument="no policy")
    assert refusal(error) == ("BadRequestException", 400)
    v2.put_portal_product_sharing_policy(PortalProductId=shop.id, PolicyDocument=policy)
    assert v2.get_portal_product_sharing_policy(PortalProductId=shop.id)["PolicyDocument"] == policy
    assert theirs.get_portal_product(**named)["DisplayName"] == "Adoption"
    assert len(theirs.list_product_pages(**named)["Items"]) == 1
    [summary] = theirs.list_product_rest_endpoint_pages(**named)["Items"]
    assert summary["Status"] == "AVAILABLE"
    foreign = theirs.list_portal_products(ResourceOwner="OTHER_ACCOUNTS")["Items"]
    assert shop.id in [each["PortalProductId"] for each in foreign]
    portal = theirs.create_portal(**PLAIN, IncludedPortalProductArns=[shop.arn])["PortalId"]
    theirs.publish_portal(PortalId=portal)
    v2.delete_portal_product_sharing_policy(PortalProductId=shop.id)
    theirs.publish_portal(PortalId=portal)
    assert theirs.get_portal(PortalId=portal)["StatusException"]["Exception"] == "AccessDeniedException"
    assert "listPets" in shop.read(portal)[1]
    theirs.disable_portal(PortalId=portal)
    theirs.delete_portal(PortalId=portal)
    for missing in (v2.get_portal_product_sharing_policy, v2.delete_portal_product_sharing_policy):
        with pytest.raises(ClientError) as error:
            missing(PortalProductId=shop.id)
        assert refusal(error) == ("NotFoundException", 404)


def test_portals_and_products_are_tagged(shop: Shop) -> None:
    v2 = shop.v2
    portal = v2.get_portal(PortalId=shop.portal())["PortalArn"]
    for arn in (portal, shop.arn):
        v2.tag_resource(ResourceArn=arn, Tags={"stage": "x", "team": "b"})
        v2.untag_resource(ResourceArn=arn, TagKeys=["stage"])
        assert v2.get_tags(ResourceArn=arn)["Tags"] == {"team": "b"}
    [listed] = v2.list_portal_products()["Items"]
    assert listed["Tags"] == {"team": "b"}
    for arn in (f"{portal[:-3]}000", f"{shop.arn[:-3]}000"):
        with pytest.raises(ClientError) as error:
            v2.get_tags(ResourceArn=arn)
        assert refusal(error) == ("NotFoundException", 404)
    with pytest.raises(ClientError) as error:
        v2.list_portal_products(ResourceOwner="NOBODY")
    assert refusal(error) == ("BadRequestException", 400)
