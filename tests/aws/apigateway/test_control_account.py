"""What belongs to an account: settings, VPC links, client certificates, tags, custom domain names."""

import datetime

from cryptography import x509

from rest_control import make_api, patch, refusal
from serein.testing import Serein


def test_the_account_has_limits_and_a_role_for_logs(aws: Serein) -> None:
    client = aws.client("apigateway")
    account = client.get_account()
    assert account["throttleSettings"] == {"burstLimit": 5000, "rateLimit": 10000.0}
    role = "arn:aws:iam::000000000000:role/logs"
    changed = client.update_account(patchOperations=[patch("replace", "/cloudwatchRoleArn", role)])
    assert changed["cloudwatchRoleArn"] == client.get_account()["cloudwatchRoleArn"] == role
    assert refusal(client.update_account, patchOperations=[patch("replace", "/cloudwatchRoleArn", "x")])
    bad = [patch("replace", "/throttleSettings", "x")]
    assert refusal(client.update_account, patchOperations=bad)[1] == "Invalid patch path /throttleSettings"


def test_a_vpc_link_is_ready_when_it_is_looked_at(aws: Serein) -> None:
    client = aws.client("apigateway")
    target = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/x/50dc6c495c0c9188"
    made = client.create_vpc_link(name="l", targetArns=[target], description="d")
    assert made["status"] == "PENDING"
    assert client.get_vpc_link(vpcLinkId=made["id"])["status"] == "AVAILABLE"
    patches = [patch("replace", "/name", "m")]
    assert client.update_vpc_link(vpcLinkId=made["id"], patchOperations=patches)["name"] == "m"
    assert [link["name"] for link in client.get_vpc_links()["items"]] == ["m"]
    assert refusal(client.create_vpc_link, name="l", targetArns=[target, target])[0] == "BadRequestException"
    client.delete_vpc_link(vpcLinkId=made["id"])
    assert refusal(client.get_vpc_link, vpcLinkId=made["id"])[0] == "NotFoundException"


def test_a_client_certificate_is_a_real_one(aws: Serein) -> None:
    client = aws.client("apigateway")
    made = client.generate_client_certificate(description="c", tags={"a": "b"})
    certificate = x509.load_pem_x509_certificate(made["pemEncodedCertificate"].encode())
    assert "CN=ApiGateway" in certificate.subject.rfc4514_string()
    assert made["expirationDate"] - made["createdDate"] == datetime.timedelta(days=365)
    found = client.get_client_certificate(clientCertificateId=made["clientCertificateId"])
    assert found["pemEncodedCertificate"] == made["pemEncodedCertificate"] and "privateKey" not in found
    place = {"clientCertificateId": made["clientCertificateId"]}
    patches = [patch("replace", "/description", "e")]
    assert client.update_client_certificate(**place, patchOperations=patches)["description"] == "e"
    assert len(client.get_client_certificates()["items"]) == 1
    client.delete_client_certificate(**place)
    assert refusal(client.get_client_certificate, **place)[0] == "NotFoundException"


def test_everything_that_can_be_tagged_is_found_by_its_arn(aws: Serein) -> None:
    api = make_api(aws)
    api.mock()
    api.deploy("dev")
    client = api.client
    target = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/x/50dc6c495c0c9188"
    places = [
        f"restapis/{api.id}",
        f"restapis/{api.id}/stages/dev",
        f"apikeys/{client.create_api_key(name='k')['id']}",
        f"usageplans/{client.create_usage_plan(name='p')['id']}",
        f"vpclinks/{client.create_vpc_link(name='l', targetArns=[target])['id']}",
        f"clientcertificates/{client.generate_client_certificate()['clientCertificateId']}",
    ]
    for place in places:
        arn = f"arn:aws:apigateway:{aws.region}::/{place}"
        client.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
        client.untag_resource(resourceArn=arn, tagKeys=["a"])
        assert client.get_tags(resourceArn=arn)["tags"] == {"b": "2"}, place
    assert client.get_stage(restApiId=api.id, stageName="dev")["tags"] == {"b": "2"}
    arn = f"arn:aws:apigateway:{aws.region}::/"
    assert refusal(client.get_tags, resourceArn=arn + "restapis/nothing")[0] == "NotFoundException"
    for bad in (arn + "magic/x", "arn:aws:sqs:us-east-1:000000000000:q", arn + "restapis"):
        assert refusal(client.get_tags, resourceArn=bad) == (
            "BadRequestException",
            "Invalid ARN specified in the request",
        )
    many = {f"k{number}": "v" for number in range(51)}
    assert refusal(client.tag_resource, resourceArn=arn + places[0], tags=many)[0] == "BadRequestException"
    reserved = {"aws:x": "v"}
    assert refusal(client.tag_resource, resourceArn=arn + places[0], tags=reserved)[0] == "BadRequestException"


def test_a_domain_name_leads_to_stages_by_base_path(aws: Serein) -> None:
    api = make_api(aws)
    api.mock()
    api.deploy("dev")
    client, name = api.client, aws.unique("api") + ".example.com"
    certificate = f"arn:aws:acm:us-east-1:{aws.account}:certificate/x"
    made = client.create_domain_name(
        domainName=name, regionalCertificateArn=certificate, endpointConfiguration={"types": ["REGIONAL"]}
    )
    assert made["regionalDomainName"].endswith(f".execute-api.{aws.region}.amazonaws.com")
    assert made["domainNameStatus"] == "AVAILABLE" and made["regionalCertificateArn"] == certificate
    edge = client.create_domain_name(domainName=f"edge-{name}", certificateArn=certificate)
    assert edge["endpointConfiguration"]["types"] == ["EDGE"] and edge["distributionDomainName"]
    assert {one["domainName"] for one in client.get_domain_names()["items"]} == {name, f"edge-{name}"}
    assert refusal(client.create_domain_name, domainName=f"x-{name}")[0] == "BadRequestException"
    create = client.create_base_path_mapping
    assert create(domainName=name, restApiId=api.id, stage="dev")["basePath"] == "(none)"
    create(domainName=name, restApiId=api.id, stage="dev", basePath="shop")
    assert refusal(create, domainName=name, restApiId=api.id, stage="dev")[0] == "ConflictException"
    assert refusal(create, domainName=name, restApiId=api.id, basePath="a/b")[0] == "BadRequestException"
    assert [one["basePath"] for one in client.get_base_path_mappings(domainName=name)["items"]] == ["(none)", "shop"]
    place = {"domainName": name, "basePath": "shop"}
    moved = client.update_base_path_mapping(**place, patchOperations=[patch("replace", "/basePath", "store")])
    assert moved == {**moved, "basePath": "store", "restApiId": api.id, "stage": "dev"}
    assert refusal(client.get_base_path_mapping, **place)[0] == "NotFoundException"
    client.delete_base_path_mapping(domainName=name, basePath="store")
    assert "base path mappings" in refusal(client.delete_stage, restApiId=api.id, stageName="dev")[1]
    assert "base path mappings" in refusal(client.delete_rest_api, restApiId=api.id)[1]
    patches = [patch("replace", "/regionalCertificateArn", certificate + "2")]
    assert client.update_domain_name(domainName=name, patchOperations=patches)["regionalCertificateArn"].endswith("x2")
    for domain in (name, f"edge-{name}"):
        client.delete_domain_name(domainName=domain)
    assert refusal(client.get_domain_name, domainName=name)[0] == "NotFoundException"
