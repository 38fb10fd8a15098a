"""Connections and API destinations, with AWS's refusals."""

import json

import pytest
from botocore.exceptions import ClientError

BASIC = {"BasicAuthParameters": {"Username": "u", "Password": "p"}}
KEY = {"ApiKeyAuthParameters": {"ApiKeyName": "k", "ApiKeyValue": "v"}}


@pytest.fixture
def refused(events):
    def refused(operation, code, message="", **request):
        with pytest.raises(ClientError) as error:
            getattr(events, operation)(**request)
        assert error.value.response["Error"]["Code"] == code
        assert message in error.value.response["Error"]["Message"]

    return refused


def test_a_connection_is_made_shown_changed_and_deleted(aws, events, refused):
    made = events.create_connection(Name="c", AuthorizationType="BASIC", AuthParameters=BASIC, Description="d")
    assert made["ConnectionState"] == "AUTHORIZED"
    shown = events.describe_connection(Name="c")
    assert (shown["ConnectionArn"], shown["Description"]) == (made["ConnectionArn"], "d")
    assert shown["AuthParameters"] == {"BasicAuthParameters": {"Username": "u"}}
    secrets = aws.client("secretsmanager")
    assert json.loads(secrets.get_secret_value(SecretId=shown["SecretArn"])["SecretString"])["password"] == "p"
    exists = {"Name": "c", "AuthorizationType": "BASIC", "AuthParameters": BASIC}
    refused("create_connection", "ResourceAlreadyExistsException", "Connection c already exists.", **exists)
    events.update_connection(Name="c", AuthorizationType="API_KEY", AuthParameters=KEY)
    assert events.describe_connection(Name="c")["AuthParameters"] == {"ApiKeyAuthParameters": {"ApiKeyName": "k"}}
    (listed,) = events.list_connections(NamePrefix="c")["Connections"]
    assert (listed["Name"], listed["AuthorizationType"]) == ("c", "API_KEY")
    assert events.deauthorize_connection(Name="c")["ConnectionState"] == "DEAUTHORIZING"
    assert events.describe_connection(Name="c")["ConnectionState"] == "DEAUTHORIZED"
    assert events.list_connections(ConnectionState="AUTHORIZED")["Connections"] == []
    assert events.delete_connection(Name="c")["ConnectionState"] == "DELETING"
    with pytest.raises(ClientError):
        secrets.describe_secret(SecretId=shown["SecretArn"])
    for operation in ("describe_connection", "update_connection", "delete_connection", "deauthorize_connection"):
        refused(operation, "ResourceNotFoundException", "Connection 'c' does not exist.", Name="c")


def test_connections_that_are_wrong_are_refused(refused):
    wrong = {"Name": "c", "AuthorizationType": "BASIC"}
    refused("create_connection", "ValidationException", "BasicAuthParameters", **wrong, AuthParameters=KEY)
    refused("create_connection", "ValidationException", "ApiKeyAuth", **wrong, AuthParameters={**BASIC, **KEY})
    configuration = "arn:aws:vpc-lattice:us-east-1:000000000000:resourceconfiguration/rcfg-0123456789abcdef0"
    private = {"ResourceParameters": {"ResourceConfigurationArn": configuration}}
    request = {**wrong, "AuthParameters": BASIC, "InvocationConnectivityParameters": private}
    refused("create_connection", "NotImplemented", "private APIs", **request)


def test_an_api_destination_is_made_shown_changed_and_deleted(events, refused):
    connection = events.create_connection(Name="c", AuthorizationType="BASIC", AuthParameters=BASIC)["ConnectionArn"]
    request = {
        "Name": "d",
        "ConnectionArn": connection,
        "InvocationEndpoint": "https://example.com",
        "HttpMethod": "PUT",
    }
    made = events.create_api_destination(**request, Description="x")
    assert made["ApiDestinationState"] == "ACTIVE"
    shown = events.describe_api_destination(Name="d")
    assert (shown["InvocationRateLimitPerSecond"], shown["Description"]) == (300, "x")
    refused("create_api_destination", "ResourceAlreadyExistsException", "'d' already exists", **request)
    gone = connection[:-1] + "x"
    refused("create_api_destination", "ResourceNotFoundException", "Connection", **request | {"ConnectionArn": gone})
    events.update_api_destination(Name="d", HttpMethod="GET", InvocationRateLimitPerSecond=5)
    shown = events.describe_api_destination(Name="d")
    assert (shown["HttpMethod"], shown["InvocationRateLimitPerSecond"]) == ("GET", 5)
    events.create_api_destination(**request | {"Name": "e"})
    first = events.list_api_destinations(ConnectionArn=connection, Limit=1)
    second = events.list_api_destinations(NextToken=first["NextToken"])
    assert [each["Name"] for each in first["ApiDestinations"] + second["ApiDestinations"]] == ["d", "e"]
    events.deauthorize_connection(Name="c")
    assert events.describe_api_destination(Name="d")["ApiDestinationState"] == "INACTIVE"
    events.delete_api_destination(Name="d")
    for operation in ("describe_api_destination", "update_api_destination", "delete_api_destination"):
        refused(operation, "ResourceNotFoundException", "An api-destination 'd' does not exist.", Name="d")
