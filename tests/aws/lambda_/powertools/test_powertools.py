"""Powertools for AWS Lambda, used as their documentation says, in Python and in JavaScript."""

import datetime
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from serein.testing import Serein
from tests.aws.lambda_.powertools.conftest import Shop

pytestmark = [pytest.mark.timeout(500)]
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def test_logger_writes_structured_logs(shop: Shop) -> None:
    shop.invoke({"do": "check_out", "order": "logged", "amount": 7})
    [line] = [line for line in shop.logged() if line.get("message") == "charged" and line["amount"] == 7]
    assert (line["level"], line["service"], line["times"]) == ("INFO", "shop", 1)
    assert line["function_name"] == "shop" and int(line["function_memory_size"]) == 512
    assert line["function_arn"] == f"arn:aws:lambda:us-east-1:{shop.aws.account}:function:shop"
    assert line["function_request_id"] and line["xray_trace_id"].startswith("1-")


def test_metrics_become_cloudwatch_metrics(shop: Shop) -> None:
    for amount in (40, 60):
        shop.invoke({"do": "check_out", "order": f"measured {amount}", "amount": amount})
    shop.aws.wait_until_idle()
    cloudwatch = shop.aws.client("cloudwatch")
    dimensions = [{"Name": "service", "Value": "shop"}, {"Name": "kind", "Value": "web"}]
    now = datetime.datetime.now(datetime.UTC)
    [point] = cloudwatch.get_metric_statistics(
        Namespace="Shop",
        MetricName="Revenue",
        Dimensions=dimensions,
        StartTime=now - datetime.timedelta(days=1),
        EndTime=now + datetime.timedelta(days=1),
        Period=86_400 * 3,
        Statistics=["Sum", "Maximum"],
    )["Datapoints"]
    assert point["Sum"] >= 100 and point["Maximum"] == 60
    names = {metric["MetricName"] for metric in cloudwatch.list_metrics(Namespace="Shop")["Metrics"]}
    assert names == {"Revenue", "ColdStart"}


def test_tracer_sends_segments_to_the_daemon(shop: Shop) -> None:
    shop.invoke({"do": "check_out", "order": "traced", "amount": 1}, TRACE)
    names: set[str] = set()
    while not {"charge", "effects"} <= names:
        header, _, document = shop.daemon.recv(65_536).partition(b"\n")
        assert json.loads(header) == {"format": "json", "version": 1}
        names |= _names_in(json.loads(document))


def _names_in(segment: dict[str, Any]) -> set[str]:
    """What a segment and those within it are about: their names, and the tables of calls."""
    names = {segment["name"].removeprefix("## ").removeprefix("app.")}
    names |= {segment.get("aws", {}).get("table_name", "")}
    return names.union(*(_names_in(each) for each in segment.get("subsegments", ())))


def test_idempotent_functions_have_one_effect_until_the_record_expires(shop: Shop) -> None:
    event = {"do": "pay", "order": "once"}
    paid = {"paid": "once", "times": 1}
    assert [shop.invoke(event), shop.invoke(event)] == [paid, paid]
    table = shop.aws.resource("dynamodb").Table("idempotency")
    [record] = [item for item in table.scan()["Items"] if "once" in str(item["data"])]
    assert record["status"] == "COMPLETED" and record["id"].startswith("shop")
    table.update_item(
        Key={"id": record["id"]},
        UpdateExpression="SET expiration = :past",
        ExpressionAttributeValues={":past": 1},
    )
    assert shop.invoke(event)["times"] == 2
    assert shop.invoke(event)["times"] == 2


def test_parameters_come_from_three_services(shop: Shop, make_table: Callable[..., Any]) -> None:
    ssm = shop.aws.client("ssm")
    ssm.put_parameter(Name="/shop/url", Type="String", Value="https://example.com")
    ssm.put_parameter(Name="/shop/key", Type="SecureString", Value="hush")
    shop.aws.client("secretsmanager").create_secret(Name="shop/db", SecretString='{"user": "me"}')
    make_table(shop.aws, "settings", "id")
    table = shop.aws.resource("dynamodb").Table("settings")
    table.put_item(Item={"id": "colour", "value": "blue"})
    found = shop.invoke({"do": "read"})
    assert found["parameter"] == found["cached"] == "https://example.com"
    assert found["decrypted"] == "hush"
    assert found["all"]["url"] == "https://example.com" and set(found["all"]) == {"url", "key"}
    assert (found["secret"], found["item"]) == ({"user": "me"}, "blue")


def queue(shop: Shop, name: str, **attributes: str) -> tuple[str, str]:
    """A new queue's URL and ARN."""
    sqs = shop.aws.client("sqs")
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def messages(shop: Shop, url: str) -> list[str]:
    shop.aws.wait_until_idle()
    found = shop.aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [message["Body"] for message in found]


def map_to_shop(shop: Shop, source: str, **settings: Any) -> None:
    shop.aws.client("lambda").create_event_source_mapping(
        FunctionName="shop",
        EventSourceArn=source,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        **settings,
    )


def test_batches_of_messages_fail_in_part(shop: Shop, serein_module: Serein) -> None:
    dead, dead_arn = queue(shop, "dead")
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, arn = queue(shop, "work", VisibilityTimeout="30", RedrivePolicy=redrive)
    texts = ["one", "bad", "two"]
    entries = [{"Id": str(index), "MessageBody": text} for index, text in enumerate(texts)]
    shop.aws.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    map_to_shop(shop, arn, BatchSize=10)
    shop.aws.wait_until_idle()
    for _ in range(3):
        serein_module.clock.advance(31)
        shop.aws.wait_until_idle()
    assert messages(shop, dead) == ["bad"]
    effects = shop.effects()
    assert [effects[f"aws:sqs {text}"] for text in texts] == [1, 2, 1]


def test_batches_of_a_tables_changes_fail_in_part(
    shop: Shop, serein_module: Serein, make_table: Callable[..., Any]
) -> None:
    table = make_table(
        shop.aws,
        "orders",
        "id",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    url, arn = queue(shop, "failed-changes")
    for text in ("one", "bad", "two"):
        shop.aws.resource("dynamodb").Table("orders").put_item(Item={"id": text})
    map_to_shop(shop, table["LatestStreamArn"], **_stream_settings(arn))
    _check_stream(shop, serein_module, url, "aws:dynamodb")


def test_batches_of_a_streams_records_fail_in_part(shop: Shop, serein_module: Serein) -> None:
    kinesis = shop.aws.client("kinesis")
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName="clicks")
    stream = kinesis.describe_stream_summary(StreamName="clicks")["StreamDescriptionSummary"]["StreamARN"]
    url, arn = queue(shop, "failed-clicks")
    for text in ("one", "bad", "two"):
        kinesis.put_record(StreamName="clicks", PartitionKey="key", Data=text.encode())
    map_to_shop(shop, stream, **_stream_settings(arn))
    _check_stream(shop, serein_module, url, "aws:kinesis")


def _stream_settings(failed: str) -> dict[str, Any]:
    return {
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": 10,
        "MaximumRetryAttempts": 1,
        "DestinationConfig": {"OnFailure": {"Destination": failed}},
    }


def _check_stream(shop: Shop, serein_module: Serein, failed: str, source: str) -> None:
    """Of `one`, `bad` and `two`, the one that fails is given up after a retry, and the others are taken."""
    shop.aws.wait_until_idle()
    for _ in range(4):
        serein_module.clock.advance(20)
        shop.aws.wait_until_idle()
    [given_up] = messages(shop, failed)
    assert json.loads(given_up)["requestContext"]["condition"] == "RetryAttemptsExhausted"
    effects = shop.effects()
    assert effects[f"{source} one"] == 1 and effects[f"{source} bad"] == 2 and effects[f"{source} two"] >= 1


def ask(shop: Shop, url: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Call an API by its host name, without looking that up."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Host": urlsplit(url).netloc, "Content-Type": "application/json"}
    request = urllib.request.Request(shop.aws.endpoint + path, data, headers)
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def check_api(shop: Shop, url: str) -> None:
    assert ask(shop, url, "/orders/7") == (200, {"order": "7"})
    assert ask(shop, url, "/orders", {"order": "8"}) == (201, {"created": "8"})
    status, document = ask(shop, url, "/orders/none")
    assert (status, document["message"]) == (404, "no such order")
    assert ask(shop, url, "/elsewhere")[0] == 404


def test_the_event_handler_answers_a_function_url(shop: Shop) -> None:
    shop.invoke({"do": "pay", "order": "url"})
    url = shop.aws.client("lambda").create_function_url_config(FunctionName="shop", AuthType="NONE")["FunctionUrl"]
    check_api(shop, url)


def test_the_event_handler_answers_an_http_api(shop: Shop) -> None:
    shop.invoke({"do": "pay", "order": "api"})
    function = f"arn:aws:lambda:us-east-1:{shop.aws.account}:function:shop"
    api = shop.aws.client("apigatewayv2").create_api(Name="shop", ProtocolType="HTTP", Target=function)
    check_api(shop, api["ApiEndpoint"])
