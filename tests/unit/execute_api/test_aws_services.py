"""URIs of service integrations."""

import pytest

from serein.execute_api.aws_services import ServiceUri, find_service_uri, role_caller
from serein.kernel.scope import Scope

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f:live"


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (
            "arn:aws:apigateway:eu-west-1:dynamodb:action/PutItem",
            ServiceUri("eu-west-1", "dynamodb", "", "PutItem", ""),
        ),
        (
            "arn:aws:apigateway:us-east-1:s3:path/{bucket}/{key}",
            ServiceUri("us-east-1", "s3", "", "", "/{bucket}/{key}"),
        ),
        ("arn:aws:apigateway:us-east-1:mine.s3:path/key", ServiceUri("us-east-1", "s3", "mine", "", "/key")),
        ("arn:aws:apigateway:us-east-1:sqs:path//", ServiceUri("us-east-1", "sqs", "", "", "//")),
        ("arn:aws:apigateway:us-east-1:s3:other/x", None),
        (FUNCTION, None),
        ("http://example.com/", None),
        ("", None),
    ],
)
def test_a_uri_names_region_service_and_what_is_asked_of_it(uri: str, expected: ServiceUri | None) -> None:
    assert find_service_uri(uri) == expected


@pytest.mark.parametrize(
    ("path", "function"),
    [
        (f"2015-03-31/functions/{FUNCTION}/invocations", FUNCTION),
        (f"/2015-03-31/functions/{FUNCTION}/invocations", FUNCTION),
        (f"2021-11-15/functions/{FUNCTION}/response-streaming-invocations", FUNCTION),
        ("2015-03-31/functions//invocations", ""),
        ("2015-03-31/functions/f/other", ""),
    ],
)
def test_a_uri_may_name_a_function(path: str, function: str) -> None:
    uri = find_service_uri(f"arn:aws:apigateway:us-east-1:lambda:path/{path}")
    assert uri is not None
    assert uri.function == function


def test_a_role_calls_as_a_session_of_it() -> None:
    caller = role_caller("arn:aws:iam::123456789012:role/path/gateway", Scope())
    assert caller.arn == "arn:aws:sts::123456789012:assumed-role/gateway/BackplaneAssumeRoleSession"
    assert role_caller("", Scope()).service == "apigateway"
