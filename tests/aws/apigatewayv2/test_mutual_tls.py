"""Domain names whose clients have to have certificates."""

import datetime
import http.client
import json
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from http_api import ECHO, Api
from serein.testing import Serein

CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/c"


class Authority:
    """Signs certificates of clients."""

    def __init__(self, name: str) -> None:
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._own = self._signed(self._name, self._key, is_authority=True)
        self.pem = self._own.public_bytes(serialization.Encoding.PEM)

    def client(self, folder: Path, name: str) -> Path:
        """A file with a key and its certificate."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._signed(subject, key, is_authority=False)
        file = folder / f"{name}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        return file

    def _signed(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, is_authority: bool) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )


def ask(aws: Serein, name: str, client: Path | None = None) -> tuple[int, Any]:
    """Ask over TLS for a path of a domain name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if client is not None:
        context.load_cert_chain(client)
    endpoint = urlsplit(aws.endpoint)
    connection = http.client.HTTPConnection(endpoint.hostname or "", endpoint.port, timeout=60)
    connection.connect()
    connection.sock = context.wrap_socket(connection.sock, server_hostname=name)
    try:
        connection.request("GET", "/a", headers={"Host": name})
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())
    finally:
        connection.close()


@pytest.fixture
def trusted() -> Authority:
    return Authority("trusted")


@pytest.fixture
def bucket(aws: Serein, trusted: Authority) -> str:
    name = aws.unique("trust")
    aws.client("s3").create_bucket(Bucket=name)
    aws.client("s3").put_object(Bucket=name, Key="store.pem", Body=trusted.pem)
    return name


def domain(aws: Serein, api: Api, uri: str) -> str:
    name = f"{aws.unique('api')}.example.com"
    api.apis.create_domain_name(
        DomainName=name,
        DomainNameConfigurations=[{"CertificateArn": CERTIFICATE}],
        MutualTlsAuthentication={"TruststoreUri": uri},
    )
    api.apis.create_api_mapping(DomainName=name, ApiId=api.id, Stage="$default")
    return name


def test_clients_need_a_certificate_that_is_trusted(
    aws: Serein, api: Api, bucket: str, trusted: Authority, tmp_path: Path
) -> None:
    api.route("GET /a", api.function(ECHO))
    name = domain(aws, api, f"s3://{bucket}/store.pem")
    shown = api.apis.get_domain_name(DomainName=name)
    assert shown["MutualTlsAuthentication"] == {"TruststoreUri": f"s3://{bucket}/store.pem"}
    ada, eve = trusted.client(tmp_path, "ada"), Authority("strange").client(tmp_path, "eve")
    status, event = ask(aws, name, ada)
    assert status == 200
    certificate = event["requestContext"]["authentication"]["clientCert"]
    assert (certificate["subjectDN"], certificate["issuerDN"]) == ("CN=ada", "CN=trusted")
    assert certificate["clientCertPem"].startswith("-----BEGIN CERTIFICATE-----")
    assert certificate["validity"]["notAfter"].endswith(" GMT")
    for client in (None, eve):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            ask(aws, name, client)
    plain = http.client.HTTPConnection(urlsplit(aws.endpoint).netloc, timeout=60)
    plain.request("GET", "/a", headers={"Host": name})
    assert plain.getresponse().status == 403
    plain.close()
    api.apis.update_domain_name(DomainName=name, MutualTlsAuthentication={"TruststoreUri": ""})
    assert ask(aws, name)[0] == 200


def test_a_trust_store_may_be_changed(aws: Serein, api: Api, bucket: str, trusted: Authority, tmp_path: Path) -> None:
    api.route("GET /a", api.function(ECHO))
    uri = f"s3://{bucket}/store.pem"
    name = domain(aws, api, uri)
    ada = trusted.client(tmp_path, "ada")
    other = Authority("other")
    bob = other.client(tmp_path, "bob")
    assert ask(aws, name, ada)[0] == 200
    aws.client("s3").put_object(Bucket=bucket, Key="store.pem", Body=other.pem)
    assert ask(aws, name, ada)[0] == 200
    api.apis.update_domain_name(DomainName=name, MutualTlsAuthentication={"TruststoreUri": uri})
    assert ask(aws, name, bob)[0] == 200
    with pytest.raises((ssl.SSLError, ConnectionError)):
        ask(aws, name, ada)


def test_a_rest_api_tells_of_the_certificate(aws: Serein, bucket: str, trusted: Authority, tmp_path: Path) -> None:
    rest = aws.client("apigateway")
    made = rest.create_rest_api(name="a")
    api, root = made["id"], made["rootResourceId"]
    resource = rest.create_resource(restApiId=api, parentId=root, pathPart="a")["id"]
    place = {"restApiId": api, "resourceId": resource, "httpMethod": "GET"}
    rest.put_method(**place, authorizationType="NONE")
    rest.put_integration(**place, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    rest.put_method_response(**place, statusCode="200")
    template = '{"subject": "$context.identity.clientCert.subjectDN"}'
    rest.put_integration_response(**place, statusCode="200", responseTemplates={"application/json": template})
    rest.create_deployment(restApiId=api, stageName="v1")
    name = f"{aws.unique('api')}.example.com"
    rest.create_domain_name(
        domainName=name,
        regionalCertificateArn=CERTIFICATE,
        endpointConfiguration={"types": ["REGIONAL"]},
        mutualTlsAuthentication={"truststoreUri": f"s3://{bucket}/store.pem"},
    )
    rest.create_base_path_mapping(domainName=name, restApiId=api, stage="v1")
    assert ask(aws, name, trusted.client(tmp_path, "ada")) == (200, {"subject": "CN=ada"})
    rest.update_domain_name(domainName=name, patchOperations=[{"op": "remove", "path": "/mutualTlsAuthentication"}])
    assert ask(aws, name)[0] == 200


def test_a_trust_store_has_to_be_there_and_hold_certificates(aws: Serein, api: Api, bucket: str) -> None:
    aws.client("s3").put_object(Bucket=bucket, Key="text", Body=b"no certificates")
    for uri, words in (
        ("https://example.com/store.pem", "must be an S3 URL"),
        (f"s3://{bucket}/none", "can't be read"),
        (f"s3://{bucket}/text", "is not a list of certificates"),
    ):
        with pytest.raises(ClientError, match=words):
            domain(aws, api, uri)
