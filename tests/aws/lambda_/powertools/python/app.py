"""A shop, made of what Powertools for AWS Lambda (Python) offers."""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, LambdaFunctionUrlResolver
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent

logger = Logger(service="shop")
tracer = Tracer(service="shop")
metrics = Metrics(namespace="Shop", service="shop")
effects = boto3.resource("dynamodb").Table("effects")
config = IdempotencyConfig(event_key_jmespath="order", expires_after_seconds=3600)


def count(what: str) -> int:
    """Have an effect that can be seen: one more of something."""
    updated = effects.update_item(
        Key={"id": what},
        UpdateExpression="ADD times :one",
        ExpressionAttributeValues={":one": 1},
        ReturnValues="UPDATED_NEW",
    )
    return int(updated["Attributes"]["times"])


@logger.inject_lambda_context(correlation_id_path="order", log_event=True)
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def check_out(event: dict[str, Any], context: Any) -> dict[str, Any]:
    logger.append_keys(amount=event["amount"])
    metrics.add_dimension(name="kind", value="web")
    metrics.add_metric(name="Revenue", unit=MetricUnit.Count, value=event["amount"])
    metrics.add_metadata(key="order", value=event["order"])
    charged = charge(event["order"])
    logger.info("charged", extra={"times": charged})
    return {"times": charged}


@tracer.capture_method
def charge(order: str) -> int:
    tracer.put_annotation(key="order", value=order)
    return count(f"charge {order}")


def pay(event: dict[str, Any], context: Any) -> dict[str, Any]:
    config.register_lambda_context(context)
    return pay_once(event, context)


@idempotent(persistence_store=DynamoDBPersistenceLayer(table_name="idempotency"), config=config)
def pay_once(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return {"paid": event["order"], "times": count(f"pay {event['order']}")}


def read(event: dict[str, Any], context: Any) -> dict[str, Any]:
    table = parameters.DynamoDBProvider(table_name="settings")
    return {
        "parameter": parameters.get_parameter("/shop/url"),
        "decrypted": parameters.get_parameter("/shop/key", decrypt=True),
        "all": parameters.get_parameters("/shop"),
        "secret": parameters.get_secret("shop/db", transform="json"),
        "item": table.get("colour"),
        "items": table.get_multiple("sizes"),
        "cached": parameters.get_parameter("/shop/url", max_age=60),
    }


http_api, function_url = APIGatewayHttpResolver(), LambdaFunctionUrlResolver()


@http_api.get("/orders/<order>")
@function_url.get("/orders/<order>")
def get_order(order: str) -> dict[str, Any]:
    if order == "none":
        raise NotFoundError("no such order")
    return {"order": order}


@http_api.post("/orders")
@function_url.post("/orders")
def post_order() -> tuple[dict[str, Any], int]:
    api = http_api if "http_api" in http_api.context else function_url
    return {"created": api.current_event.json_body["order"]}, 201


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
def serve(event: dict[str, Any], context: Any) -> dict[str, Any]:
    if "lambda-url" in event["requestContext"]["domainName"]:
        return function_url.resolve(event, context)
    http_api.append_context(http_api=True)
    return http_api.resolve(event, context)


PROCESSORS = {
    "aws:sqs": BatchProcessor(event_type=EventType.SQS),
    "aws:dynamodb": BatchProcessor(event_type=EventType.DynamoDBStreams),
    "aws:kinesis": BatchProcessor(event_type=EventType.KinesisDataStreams),
}


def text_of(record: Any) -> str:
    if hasattr(record, "body"):
        return str(record.body)
    if hasattr(record, "kinesis"):
        return str(record.kinesis.data_as_text())
    return str(record.dynamodb.new_image["id"])


def take(record: Any) -> None:
    text = text_of(record)
    count(f"{record.raw_event['eventSource']} {text}")
    if text == "bad":
        raise ValueError("can't be taken")


def work(event: dict[str, Any], context: Any) -> Any:
    processor = PROCESSORS[event["Records"][0]["eventSource"]]
    return process_partial_response(event=event, record_handler=take, processor=processor, context=context)


def handler(event: dict[str, Any], context: Any) -> Any:
    if "Records" in event:
        return work(event, context)
    if "requestContext" in event:
        return serve(event, context)
    return {"check_out": check_out, "pay": pay, "read": read}[event["do"]](event, context)


assert os.environ["AWS_XRAY_DAEMON_ADDRESS"]
