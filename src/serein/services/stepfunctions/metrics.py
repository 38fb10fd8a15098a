"""The metrics of executions and of what their tasks do, counted by the minute.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
"""

from typing import Any, NamedTuple

from serein.kernel.call import Platform
from serein.kernel.metering import Meaning, MetricWriter, MinuteCounts
from serein.kernel.scope import Scope
from serein.services.stepfunctions.seen import Seen

_MEMORY = "stepfunctions metrics"
_TASKS = "stepfunctions tasks"
_MOST_TASKS = 10_000
_ENDINGS = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "ABORTED": "ExecutionsAborted",
    "TIMED_OUT": "ExecutionsTimedOut",
}
_MEGABYTES = 64
_BILLED_MILLISECONDS = 100


class Source(NamedTuple):
    """What is counted for: a dimension's value, and of executions the version and alias that they run."""

    scope: Scope
    dimension: str
    value: str
    version: str = ""
    alias: str = ""


class Kind(NamedTuple):
    """How the metrics of a kind of task are called, and the dimension that they have."""

    singular: str
    plural: str
    dimension: str


class Task(NamedTuple):
    """A task that is under way."""

    kind: Kind
    source: Source
    scheduled_at: float
    started_at: float


_KINDS = {
    "Activity": Kind("Activity", "Activities", "ActivityArn"),
    "LambdaFunction": Kind("LambdaFunction", "LambdaFunctions", "LambdaFunctionArn"),
    "Task": Kind("ServiceIntegration", "ServiceIntegrations", "ServiceIntegrationResourceArn"),
}
_DETAILS = {
    "Activity": "activityScheduledEventDetails",
    "LambdaFunction": "lambdaFunctionScheduledEventDetails",
    "Task": "taskScheduledEventDetails",
}
_STEPS = {
    f"{kind}{step}": (kind, step)
    for kind in _KINDS
    for step in ("Scheduled", "Started", "Submitted", "Succeeded", "Failed", "TimedOut")
}
_HEARTBEAT = "States.HeartbeatTimeout"


def counts_of(platform: Platform) -> MinuteCounts[Source]:
    found: MinuteCounts[Source] | None = platform.memory.get(_MEMORY)
    if found is None:
        found = platform.memory[_MEMORY] = MinuteCounts(platform, "stepfunctions:metrics")
    return found


def metric_writer(platform: Platform) -> MetricWriter[Source]:
    return MetricWriter(platform, _MEMORY, "AWS/States", counts_of(platform), meaning_of)


def meaning_of(source: Source, metric: str) -> Meaning:
    unit = "Milliseconds" if metric.endswith(("Time", "Duration")) else "Count"
    if metric.endswith("Memory"):
        unit = "Megabytes"
    own = {"Name": source.dimension, "Value": source.value}
    sets = [[own]]
    if source.version:
        sets.append([own, {"Name": "Version", "Value": source.version}])
    if source.alias:
        sets.append([own, {"Name": "Alias", "Value": source.alias}])
    return Meaning(source.scope, sets, unit)


def count(platform: Platform, seen: Seen) -> None:
    """Count what a step of an execution, or all of an Express one, did."""
    counts = counts_of(platform)
    if not counts.is_wanted:
        return
    if seen.has_begun or seen.has_ended:
        _count_execution(counts, seen)
    for event in seen.events:
        if event["type"] in _STEPS:
            _count_task(platform, counts, seen, event)


def _count_execution(counts: MinuteCounts[Source], seen: Seen) -> None:
    version, alias = seen.version_arn.rpartition(":")[2], seen.alias_arn.rpartition(":")[2]
    source = Source(seen.scope, "StateMachineArn", seen.machine_arn, version, alias)
    if seen.has_begun:
        redriven = seen.events[0]["type"] == "ExecutionRedriven"
        counts.add(source, "RedrivenExecutionsStarted" if redriven else "ExecutionsStarted", 1)
    if not seen.has_ended or seen.stopped_at is None:
        return
    if seen.status in _ENDINGS:
        counts.add(source, _ENDINGS[seen.status], 1)
    milliseconds = (seen.stopped_at - seen.started_at) * 1000
    counts.measure(source, "ExecutionTime", milliseconds)
    if seen.is_express:
        billed = max(1, -(-int(milliseconds) // _BILLED_MILLISECONDS)) * _BILLED_MILLISECONDS
        counts.measure(source, "ExpressExecutionBilledDuration", billed)
        counts.measure(source, "ExpressExecutionMemory", _MEGABYTES)
        counts.measure(source, "ExpressExecutionBilledMemory", _MEGABYTES)


def _count_task(platform: Platform, counts: MinuteCounts[Source], seen: Seen, event: dict[str, Any]) -> None:
    name, step = _STEPS[event["type"]]
    under_way: dict[tuple[str, int], Task] = platform.memory.setdefault(_TASKS, {})
    if step == "Scheduled":
        task = _scheduled(seen.scope, name, event)
        counts.add(task.source, f"{task.kind.plural}Scheduled", 1)
    else:
        found = under_way.pop((seen.arn, event.get("previousEventId", 0)), None)
        if found is None:
            return
        task = found
    if step == "Started":
        task = task._replace(started_at=event["timestamp"])
        counts.add(task.source, f"{task.kind.plural}Started", 1)
        counts.measure(task.source, f"{task.kind.singular}ScheduleTime", (task.started_at - task.scheduled_at) * 1000)
    elif step not in ("Scheduled", "Submitted"):
        _count_end(counts, task, name, step, event)
        return
    if len(under_way) >= _MOST_TASKS:
        del under_way[next(iter(under_way))]
    under_way[seen.arn, event["id"]] = task


def _count_end(counts: MinuteCounts[Source], task: Task, name: str, step: str, event: dict[str, Any]) -> None:
    kind, ended_at = task.kind, event["timestamp"]
    details = event.get(f"{name[0].lower()}{name[1:]}TimedOutEventDetails") or {}
    is_heartbeat = step == "TimedOut" and details.get("error") == _HEARTBEAT
    counts.add(task.source, f"{kind.plural}{'HeartbeatTimedOut' if is_heartbeat else step}", 1)
    counts.measure(task.source, f"{kind.singular}Time", (ended_at - task.scheduled_at) * 1000)
    if task.started_at:
        counts.measure(task.source, f"{kind.singular}RunTime", (ended_at - task.started_at) * 1000)


def _scheduled(scope: Scope, name: str, event: dict[str, Any]) -> Task:
    details, kind = event[_DETAILS[name]], _KINDS[name]
    arn = details["resource"]
    if name == "Task":
        arn = f"arn:{scope.partition}:states:{scope.region}:{scope.account}:{details['resourceType']}:{arn}"
    return Task(kind, Source(scope, kind.dimension, arn), event["timestamp"], 0.0)
