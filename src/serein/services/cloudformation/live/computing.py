"""Functions, rules, schedules, pipes and alarms, as they are."""

from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.resource import Properties
from serein.services.cloudformation.live.looking import LiveType, Look, document, own_tags, picked, tag_list, with_tags

_FUNCTION = (
    "Architectures",
    "Description",
    "EphemeralStorage",
    "FileSystemConfigs",
    "FunctionName",
    "Handler",
    "KmsKeyArn",
    "MemorySize",
    "PackageType",
    "Role",
    "Runtime",
    "Timeout",
    "TracingConfig",
)

_FUNCTION_PARTS = (
    "DeadLetterConfig",
    "Environment",
    "Layers",
    "LoggingConfig",
    "ReservedConcurrentExecutions",
    "VpcConfig",
)


async def _function(look: Look, name: str) -> Properties | None:
    reply = await look.find("lambda", "GetFunction", {"FunctionName": name})
    if reply is None:
        return None
    found: dict[str, Any] = reply["Configuration"]
    properties = picked(found, _FUNCTION)
    properties |= {"Environment": {"Variables": found["Environment"]["Variables"]}} if found.get("Environment") else {}
    if found.get("Layers"):
        properties["Layers"] = [layer["Arn"] for layer in found["Layers"]]
    if found.get("DeadLetterConfig"):
        properties["DeadLetterConfig"] = found["DeadLetterConfig"]
    vpc = found.get("VpcConfig") or {}
    if vpc.get("SubnetIds"):
        properties["VpcConfig"] = picked(vpc, ("SubnetIds", "SecurityGroupIds"))
    if "ReservedConcurrentExecutions" in reply.get("Concurrency", {}):
        properties["ReservedConcurrentExecutions"] = reply["Concurrency"]["ReservedConcurrentExecutions"]
    if found.get("LoggingConfig"):
        properties["LoggingConfig"] = found["LoggingConfig"]
    return with_tags(properties, tag_list(reply.get("Tags")))


async def _functions(look: Look) -> list[str]:
    return [
        it["FunctionName"] for it in await look.all("lambda", "ListFunctions", "Functions", ("NextMarker", "Marker"))
    ]


async def _alias(look: Look, arn: str) -> Properties | None:
    function, _, name = arn.rpartition(":")
    reply = await look.find("lambda", "GetAlias", {"FunctionName": function, "Name": name})
    if reply is None:
        return None
    properties = picked(reply, ("Description", "FunctionVersion", "Name")) | {"FunctionName": function}
    weights = (reply.get("RoutingConfig") or {}).get("AdditionalVersionWeights")
    if weights:
        properties["RoutingConfig"] = {
            "AdditionalVersionWeights": [
                {"FunctionVersion": version, "FunctionWeight": weight} for version, weight in weights.items()
            ]
        }
    return properties


async def _version(look: Look, arn: str) -> Properties | None:
    function, _, version = arn.rpartition(":")
    request = {"FunctionName": function, "Qualifier": version}
    reply = await look.find("lambda", "GetFunctionConfiguration", request)
    return picked(reply, ("Description", "CodeSha256")) | {"FunctionName": function} if reply else None


_MAPPING = (
    "BatchSize",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "EventSourceArn",
    "FilterCriteria",
    "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "Queues",
    "ScalingConfig",
    "StartingPosition",
    "Topics",
    "TumblingWindowInSeconds",
)


async def _mapping(look: Look, uuid: str) -> Properties | None:
    reply = await look.find("lambda", "GetEventSourceMapping", {"UUID": uuid})
    if reply is None:
        return None
    properties = {name: reply[name] for name in _MAPPING if reply.get(name) is not None}
    properties["FunctionName"] = reply["FunctionArn"]
    properties["Enabled"] = reply.get("State") not in ("Disabled", "Disabling")
    return properties


async def _mappings(look: Look) -> list[str]:
    found = await look.all("lambda", "ListEventSourceMappings", "EventSourceMappings", ("NextMarker", "Marker"))
    return [it["UUID"] for it in found]


async def _url(look: Look, arn: str) -> Properties | None:
    reply = await look.find("lambda", "GetFunctionUrlConfig", {"FunctionName": arn})
    return picked(reply, ("AuthType", "Cors", "InvokeMode")) | {"TargetFunctionArn": arn} if reply else None


_RULE = ("Name", "Description", "RoleArn", "ScheduleExpression", "State", "EventBusName")
_BUS = ("Name", "Description", "KmsKeyIdentifier", "DeadLetterConfig")


async def _rule(look: Look, arn: str) -> Properties | None:
    found = find_arn(arn)
    bus, _, name = (found.resource if found else arn.replace("|", "/")).removeprefix("rule/").rpartition("/")
    request = {"Name": name, "EventBusName": bus or "default"}
    reply = await look.find("events", "DescribeRule", request)
    if reply is None:
        return None
    properties = picked(reply, _RULE)
    if reply.get("EventPattern"):
        properties["EventPattern"] = document(reply["EventPattern"])
    targets = await look.all(
        "events",
        "ListTargetsByRule",
        "Targets",
        ("NextToken", "NextToken"),
        {"Rule": name, "EventBusName": bus or "default"},
    )
    if targets:
        properties["Targets"] = targets
    tags = await look.call("events", "ListTagsForResource", {"ResourceARN": reply["Arn"]})
    return with_tags(properties, own_tags(tags.get("Tags")))


async def _rules(look: Look) -> list[str]:
    arns = []
    for bus in await _buses(look):
        found = await look.all("events", "ListRules", "Rules", ("NextToken", "NextToken"), {"EventBusName": bus})
        arns += [it["Arn"] for it in found]
    return arns


async def _bus(look: Look, name: str) -> Properties | None:
    reply = await look.find("events", "DescribeEventBus", {"Name": name})
    if reply is None:
        return None
    properties = picked(reply, _BUS)
    tags = await look.call("events", "ListTagsForResource", {"ResourceARN": reply["Arn"]})
    return with_tags(properties, own_tags(tags.get("Tags")))


async def _buses(look: Look) -> list[str]:
    return [it["Name"] for it in await look.all("events", "ListEventBuses", "EventBuses", ("NextToken", "NextToken"))]


async def _archive(look: Look, name: str) -> Properties | None:
    reply = await look.find("events", "DescribeArchive", {"ArchiveName": name})
    if reply is None:
        return None
    properties = picked(reply, ("ArchiveName", "Description", "RetentionDays"))
    properties["SourceArn"] = reply["EventSourceArn"]
    return properties | ({"EventPattern": document(reply["EventPattern"])} if reply.get("EventPattern") else {})


async def _archives(look: Look) -> list[str]:
    found = await look.all("events", "ListArchives", "Archives", ("NextToken", "NextToken"))
    return [it["ArchiveName"] for it in found]


_SCHEDULE = (
    "Description",
    "FlexibleTimeWindow",
    "GroupName",
    "KmsKeyArn",
    "Name",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "State",
    "Target",
)


async def _schedule(look: Look, name: str) -> Properties | None:
    group, _, own = name.rpartition("|")
    request = {"Name": own} | ({"GroupName": group} if group else {})
    reply = await look.find("scheduler", "GetSchedule", request)
    return picked(reply, _SCHEDULE) if reply else None


async def _schedules(look: Look) -> list[str]:
    found = await look.all("scheduler", "ListSchedules", "Schedules", ("NextToken", "NextToken"))
    return [it["Name"] for it in found if it.get("GroupName", "default") == "default"]


_PIPE = (
    "Description",
    "DesiredState",
    "Enrichment",
    "EnrichmentParameters",
    "LogConfiguration",
    "Name",
    "RoleArn",
    "Source",
    "SourceParameters",
    "Target",
    "TargetParameters",
)


async def _pipe(look: Look, name: str) -> Properties | None:
    reply = await look.find("pipes", "DescribePipe", {"Name": name})
    if reply is None:
        return None
    tags = {key: value for key, value in (reply.get("Tags") or {}).items() if not key.startswith("aws:")}
    return with_tags(picked(reply, _PIPE), tags)


async def _pipes(look: Look) -> list[str]:
    return [it["Name"] for it in await look.all("pipes", "ListPipes", "Pipes", ("NextToken", "NextToken"))]


_ALARM = (
    "ActionsEnabled",
    "AlarmActions",
    "AlarmDescription",
    "AlarmName",
    "ComparisonOperator",
    "DatapointsToAlarm",
    "Dimensions",
    "EvaluateLowSampleCountPercentile",
    "EvaluationPeriods",
    "ExtendedStatistic",
    "InsufficientDataActions",
    "MetricName",
    "Metrics",
    "Namespace",
    "OKActions",
    "Period",
    "Statistic",
    "Threshold",
    "ThresholdMetricId",
    "TreatMissingData",
    "Unit",
)


async def _alarm(look: Look, name: str) -> Properties | None:
    reply = await look.call("cloudwatch", "DescribeAlarms", {"AlarmNames": [name], "AlarmTypes": ["MetricAlarm"]})
    for found in reply.get("MetricAlarms", []):
        tags = await look.call("cloudwatch", "ListTagsForResource", {"ResourceARN": found["AlarmArn"]})
        return with_tags(picked(found, _ALARM), own_tags(tags.get("Tags")))
    return None


async def _alarms(look: Look) -> list[str]:
    found = await look.all(
        "cloudwatch", "DescribeAlarms", "MetricAlarms", ("NextToken", "NextToken"), {"AlarmTypes": ["MetricAlarm"]}
    )
    return [it["AlarmName"] for it in found]


TYPES = (
    LiveType("AWS::Lambda::Function", frozenset((*_FUNCTION, *_FUNCTION_PARTS, "Tags")), _function, _functions),
    LiveType(
        "AWS::Lambda::Alias",
        frozenset(("Description", "FunctionName", "FunctionVersion", "Name", "RoutingConfig")),
        _alias,
    ),
    LiveType("AWS::Lambda::Version", frozenset(("Description", "CodeSha256", "FunctionName")), _version),
    LiveType("AWS::Lambda::EventSourceMapping", frozenset((*_MAPPING, "FunctionName", "Enabled")), _mapping, _mappings),
    LiveType("AWS::Lambda::Url", frozenset(("AuthType", "Cors", "InvokeMode", "TargetFunctionArn")), _url),
    LiveType("AWS::Events::Rule", frozenset((*_RULE, "EventPattern", "Targets", "Tags")), _rule, _rules, is_arn=True),
    LiveType("AWS::Events::EventBus", frozenset((*_BUS, "Tags")), _bus, _buses),
    LiveType(
        "AWS::Events::Archive",
        frozenset(("ArchiveName", "Description", "RetentionDays", "SourceArn", "EventPattern")),
        _archive,
        _archives,
    ),
    LiveType("AWS::Scheduler::Schedule", frozenset(_SCHEDULE), _schedule, _schedules, within="GroupName"),
    LiveType("AWS::Pipes::Pipe", frozenset((*_PIPE, "Tags")), _pipe, _pipes),
    LiveType("AWS::CloudWatch::Alarm", frozenset((*_ALARM, "Tags")), _alarm, _alarms),
)
