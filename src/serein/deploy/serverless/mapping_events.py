"""`stream` and `sqs` events of functions: event source mappings, and what their role needs.

https://www.serverless.com/framework/docs/providers/aws/events/streams
https://www.serverless.com/framework/docs/providers/aws/events/sqs
"""

import json
from collections.abc import Mapping
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.fragments import Made, Resource, allowed, alphanumeric, capitalized, normalized, resource
from serein.deploy.serverless.roles import own_statements, role_id
from serein.deploy.serverless.service import ROLE, Function, Service

_READS = {
    "dynamodb": ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams"],
    "kinesis": ["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream", "kinesis:ListStreams"],
    "consumed": [
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:DescribeStreamSummary",
        "kinesis:ListShards",
    ],
    "consumer": ["kinesis:SubscribeToShard"],
    "sns": ["sns:Publish"],
    "sqs": ["sqs:ListQueues", "sqs:SendMessage"],
}
_STREAM_MEMBERS = {
    "parallelizationFactor": "ParallelizationFactor",
    "batchWindow": "MaximumBatchingWindowInSeconds",
    "maximumRetryAttempts": "MaximumRetryAttempts",
    "bisectBatchOnFunctionError": "BisectBatchOnFunctionError",
    "maximumRecordAgeInSeconds": "MaximumRecordAgeInSeconds",
    "tumblingWindowInSeconds": "TumblingWindowInSeconds",
    "startingPositionTimestamp": "StartingPositionTimestamp",
}


def stream_resources(service: Service, function: Function) -> Made:
    """A function's `stream` events. Raises TemplateInvalid."""
    made = Made()
    needs: dict[str, list[Any]] = {kind: [] for kind in _READS}
    for given in function.events("stream"):
        settings: Mapping[str, Any] = given if isinstance(given, dict) and "arn" in given else {"arn": given}
        source = settings["arn"]
        kind = settings.get("type") or (source.split(":")[2] if isinstance(source, str) and ":" in source else "")
        if kind not in ("dynamodb", "kinesis"):
            raise TemplateInvalid(f"a stream event of the function {function.key} needs `type: dynamodb` or `kinesis`.")
        name = _stream_name(source)
        mapping = _mapping(service, function, source, settings)
        properties = mapping["Properties"]
        properties["StartingPosition"] = settings.get("startingPosition") or "TRIM_HORIZON"
        properties |= {
            member: settings[key] for key, member in _STREAM_MEMBERS.items() if settings.get(key) is not None
        }
        consumer = settings.get("consumer") if kind == "kinesis" else None
        needs["consumed" if consumer else kind].append(source)
        if consumer:
            properties["EventSourceArn"] = _consumer(service, function, name, source, consumer, mapping, made)
            needs["consumer"].append(properties["EventSourceArn"])
        failed = (settings.get("destinations") or {}).get("onFailure")
        if failed:
            target = failed["arn"] if isinstance(failed, dict) and "arn" in failed else failed
            to = failed.get("type") if isinstance(failed, dict) else str(target).split(":")[2]
            needs["sns" if to == "sns" else "sqs"].append(target)
            properties["DestinationConfig"] = {"OnFailure": {"Destination": target}}
        logical_id = f"{function.prefix}EventSourceMapping{capitalized(kind)}{alphanumeric(name)}"
        made.resources[logical_id] = mapping
    made.statements = [allowed(_READS[kind], sources) for kind, sources in needs.items() if sources]
    return made


def queue_resources(service: Service, function: Function) -> Made:
    """A function's `sqs` events."""
    made, sources = Made(), []
    for given in function.events("sqs"):
        settings: Mapping[str, Any] = given if isinstance(given, dict) and "arn" in given else {"arn": given}
        source = settings["arn"]
        mapping = _mapping(service, function, source, settings)
        if settings.get("maximumBatchingWindow") is not None:
            mapping["Properties"]["MaximumBatchingWindowInSeconds"] = settings["maximumBatchingWindow"]
        if settings.get("maximumConcurrency"):
            mapping["Properties"]["ScalingConfig"] = {"MaximumConcurrency": settings["maximumConcurrency"]}
        logical_id = f"{function.prefix}EventSourceMappingSQS{alphanumeric(_queue_name(source))}"
        made.resources[logical_id] = mapping
        sources.append(source)
    if sources:
        actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        made.statements.append(allowed(actions, sources))
    return made


def _mapping(service: Service, function: Function, source: Any, settings: Mapping[str, Any]) -> Resource:
    patterns = settings.get("filterPatterns")
    answers = settings.get("functionResponseType")
    filters = [{"Pattern": json.dumps(pattern, separators=(",", ":"))} for pattern in patterns or ()]
    properties = {
        "BatchSize": settings.get("batchSize") or 10,
        "Enabled": settings.get("enabled", True),
        "EventSourceArn": source,
        "FunctionName": function.arn,
        "FunctionResponseTypes": [answers] if answers else None,
        "FilterCriteria": {"Filters": filters} if patterns else None,
    }
    return resource("AWS::Lambda::EventSourceMapping", properties, DependsOn=_roles(service, function))


def _roles(service: Service, function: Function) -> list[str]:
    """The logical ids of the role in this template that the function has."""
    role = function.settings.get("role")
    if isinstance(role, str) and role.startswith("arn:"):
        return []
    if isinstance(role, str):
        return [role]
    if isinstance(role, dict):
        attribute = role.get("Fn::GetAtt")
        return [attribute[0]] if isinstance(attribute, list) else []
    if own_statements(function) is not None:
        return [role_id(function)]
    return [ROLE] if service.has_shared_role else []


def _consumer(
    service: Service, function: Function, name: str, source: Any, given: Any, mapping: Resource, made: Made
) -> Any:
    """The ARN of a stream's consumer, which is made when none is named."""
    if given is not True:
        return given
    parts = [function.key, name, "Consumer"]
    if (service.provider.get("kinesis") or {}).get("consumerNamingMode"):
        parts[2:2] = [service.name, service.stage]
    consumer = "".join(parts)
    logical_id = f"{normalized(consumer)}StreamConsumer"
    made.resources[logical_id] = resource(
        "AWS::Kinesis::StreamConsumer", {"StreamARN": source, "ConsumerName": consumer}
    )
    mapping["DependsOn"].append(logical_id)
    return {"Ref": logical_id}


def _stream_name(source: Any) -> str:
    if isinstance(source, str):
        return source.partition("/")[2].partition("/")[0]
    return _named(source).rpartition("/")[2]


def _queue_name(source: Any) -> str:
    return source.rpartition(":")[2] if isinstance(source, str) else _named(source)


def _named(source: dict[str, Any]) -> str:
    """What an intrinsic function names: a logical id, an export, or the last part of a text that it joins."""
    for function, argument in source.items():
        if function == "Fn::GetAtt":
            return str(argument[0] if isinstance(argument, list) else argument.partition(".")[0])
        if function == "Fn::Join":
            return str(argument[1][-1])
        if isinstance(argument, str):
            return argument.rpartition(":")[2] if function == "Fn::Sub" else argument
    raise TemplateInvalid(f"{json.dumps(source)[:100]} names no stream or queue.")
