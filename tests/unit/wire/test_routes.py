"""REST requests find their operation."""

import msgspec
import pytest

from serein.wire.index import Entry, Index, generate
from serein.wire.models import load

SERVICES = {name: load(name) for name in ("s3", "lambda", "apigatewayv2", "s3control", "workspaces-web")}


def find(service: str, method: str, path: str, query: str = "", **headers: str) -> tuple[str, dict[str, str]] | None:
    model = SERVICES[service]
    assert model is not None
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    found = model.find_rest_operation(method, path, query, sent)
    return None if found is None else (found[0].name, found[1])


@pytest.mark.parametrize(
    ("method", "path", "query", "name"),
    [
        ("GET", "/", "", "ListBuckets"),
        ("PUT", "/bucket", "", "CreateBucket"),
        ("PUT", "/bucket/", "", "CreateBucket"),
        ("HEAD", "/bucket", "", "HeadBucket"),
        ("GET", "/bucket", "", "ListObjects"),
        ("GET", "/bucket/", "prefix=a&delimiter=%2F", "ListObjects"),
        ("GET", "/bucket", "list-type=2&prefix=a", "ListObjectsV2"),
        ("GET", "/bucket", "versions", "ListObjectVersions"),
        ("GET", "/bucket", "uploads", "ListMultipartUploads"),
        ("GET", "/bucket", "notification", "GetBucketNotificationConfiguration"),
        ("PUT", "/bucket", "notification", "PutBucketNotificationConfiguration"),
        ("GET", "/bucket", "lifecycle", "GetBucketLifecycleConfiguration"),
        ("GET", "/bucket", "location=", "GetBucketLocation"),
        ("GET", "/bucket", "analytics", "ListBucketAnalyticsConfigurations"),
        ("GET", "/bucket", "analytics&id=x", "GetBucketAnalyticsConfiguration"),
        ("POST", "/bucket", "delete", "DeleteObjects"),
        ("GET", "/bucket/key", "", "GetObject"),
        ("GET", "/bucket/key", "partNumber=1&x-id=GetObject", "GetObject"),
        ("GET", "/bucket/key", "uploadId=u", "ListParts"),
        ("GET", "/bucket/key", "tagging", "GetObjectTagging"),
        ("GET", "/bucket/key", "attributes", "GetObjectAttributes"),
        ("PUT", "/bucket/key", "x-id=PutObject", "PutObject"),
        ("PUT", "/bucket/key", "partNumber=1&uploadId=u", "UploadPart"),
        ("POST", "/bucket/key", "uploads", "CreateMultipartUpload"),
        ("POST", "/bucket/key", "uploadId=u", "CompleteMultipartUpload"),
        ("DELETE", "/bucket/key", "", "DeleteObject"),
        ("DELETE", "/bucket/key", "uploadId=u", "AbortMultipartUpload"),
        ("POST", "/bucket/key", "select&select-type=2", "SelectObjectContent"),
    ],
)
def test_s3_requests_mean_what_their_query_says(method: str, path: str, query: str, name: str) -> None:
    found = find("s3", method, path, query)
    assert found is not None
    assert found[0] == name


def test_a_header_makes_a_copy_of_a_put() -> None:
    assert find("s3", "PUT", "/b/k", x_amz_copy_source="/a/k") == ("CopyObject", {"Bucket": "b", "Key": "k"})
    found = find("s3", "PUT", "/b/k", "partNumber=1&uploadId=u", x_amz_copy_source="/a/k")
    assert found is not None
    assert found[0] == "UploadPartCopy"


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/b/a/b/c.txt", "a/b/c.txt"),
        ("/b//a", "/a"),
        ("/b/a/", "a/"),
        ("/b/caf%C3%A9%2F%20x", "café/ x"),
        ("/b/..", ".."),
    ],
)
def test_a_greedy_label_takes_the_rest_of_the_path(path: str, key: str) -> None:
    assert find("s3", "GET", path) == ("GetObject", {"Bucket": "b", "Key": key})


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/2015-03-31/functions", "ListFunctions"),
        ("GET", "/2015-03-31/functions/", "ListFunctions"),
        ("POST", "/2015-03-31/functions", "CreateFunction"),
        ("GET", "/2015-03-31/functions/f", "GetFunction"),
        ("GET", "/2015-03-31/functions/f/configuration", "GetFunctionConfiguration"),
        ("POST", "/2015-03-31/functions/f/invocations", "Invoke"),
        ("POST", "/2015-03-31/event-source-mappings/", "CreateEventSourceMapping"),
    ],
)
def test_a_trailing_slash_does_not_matter(method: str, path: str, name: str) -> None:
    found = find("lambda", method, path)
    assert found is not None
    assert found[0] == name


def test_labels_are_decoded() -> None:
    path = "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af%3A1/invocations"
    assert find("lambda", "POST", path) == (
        "Invoke",
        {"FunctionName": "arn:aws:lambda:us-east-1:123456789012:function:f:1"},
    )


def test_a_greedy_label_may_be_followed_by_more() -> None:
    arn = "arn:aws:workspaces-web:us-east-1:1:portal/x"
    assert find("workspaces-web", "PUT", f"/portals/{arn}/userSettings") == (
        "AssociateUserSettings",
        {"portalArn": arn},
    )
    assert find("workspaces-web", "GET", f"/portals/{arn}") == ("GetPortal", {"portalArn": arn})


@pytest.mark.parametrize(
    ("service", "method", "path"),
    [("lambda", "GET", "/nothing"), ("lambda", "BREW", "/"), ("lambda", "GET", ""), ("apigatewayv2", "GET", "//")],
)
def test_what_no_operation_has_is_found_by_none(service: str, method: str, path: str) -> None:
    assert find(service, method, path) is None


def test_the_index_is_that_of_the_installed_botocore() -> None:
    index = Index()
    assert index.by_target_prefix("DynamoDB_20120810") == ["dynamodb"]
    assert index.by_target_prefix("GraniteServiceVersion20100801") == ["cloudwatch"]
    assert set(index.by_signing_name("apigateway")) == {"apigateway", "apigatewayv2"}
    assert index.by_endpoint_prefix("monitoring") == ["cloudwatch"]
    assert index.by_version("2012-11-05") == ["sqs"]
    assert index.by_version("2010-03-31") == ["sns"]
    assert index.by_signing_name("nothing") == []


def test_the_generated_index_is_up_to_date_with_the_services_here() -> None:
    """Services come with every release of botocore; those that the file has must be as botocore says."""
    installed = msgspec.json.decode(generate(), type=dict[str, Entry])
    for name, entry in Index().entries.items():
        assert installed[name] == entry, f"{name} has changed: run python -m serein.wire.index"
