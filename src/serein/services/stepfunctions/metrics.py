"""The metrics of executions and of what their tasks do, counted by the minute.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from serein.kernel.call import Platform
from serein.kernel.metering import Meaning, MetricWriter, MinuteCounts, Tally
from serein.kernel.scope import Scope

if TYPE_CHECKING:
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

    account: str
    region: str
    dimension: str
    value: str
    version: str = ""
    alias: str = ""


class Group(Tally):
    """All metrics of a source: what happens counts for several at once, and the source is looked up once."""

    __slots__ = ("tallies",)

    def __init__(self) -> None:
        super().__init__()
        self.tallies: dict[str, Tally] = {}

    def measure(self, metric: str, value: float) -> None:
        tally = self.tallies.get(metric)
        if tally is None:
            tally = self.tallies[metric] = Tally()
        tally.add(value)

    def metrics(self, metric: str) -> list[tuple[str, Tally]]:
        return list(self.tallies.items())


class Kind:
    """How the metrics of a kind of task are called, and the dimension that they have."""

    __slots__ = ("dimension", "plural", "run_time", "schedule_time", "scheduled", "started", "time")

    def __init__(self, singular: str, plural: str, dimension: str) -> None:
        self.plural, self.dimension = plural, dimension
        self.scheduled, self.started = f"{plural}Scheduled", f"{plural}Started"
        self.time, self.run_time, self.schedule_time = (
            f"{singular}Time",
            f"{singular}RunTime",
            f"{singular}ScheduleTime",
        )


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
    **{
        f"{kind}{step}": (kind, step)
        for kind in _KINDS
        for step in ("Scheduled", "Started", "Submitted", "Succeeded", "Failed", "TimedOut")
    },
    **{f"{kind}{step}Failed": (kind, "Failed") for kind in _KINDS for step in ("Schedule", "Start", "Submit")},
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
    return Meaning(Scope(source.account, source.region), sets, unit)


def count(platform: Platform, seen: "Seen") -> None:
    """Count what a step of an execution, or all of an Express one, did."""
    counts = counts_of(platform)
    if not counts.is_wanted:
        return
    counts.begin()
    if seen.has_begun or seen.has_ended:
        _count_execution(counts, seen)
    for event in seen.events:
        if event["type"] in _STEPS:
            _count_task(platform, counts, seen, event)


def _group(counts: MinuteCounts[Source], source: Source) -> Group:
    found = counts.tally(source, "", Group)
    assert isinstance(found, Group)
    return found


def _count_execution(counts: MinuteCounts[Source], seen: "Seen") -> None:
    scope, version, alias = seen.scope, seen.version_arn.rpartition(":")[2], seen.alias_arn.rpartition(":")[2]
    source = Source(scope.account, scope.region, "StateMachineArn", seen.machine_arn, version, alias)
    group = _group(counts, source)
    if seen.has_begun:
        redriven = seen.events[0]["type"] == "ExecutionRedriven"
        group.measure("RedrivenExecutionsStarted" if redriven else "ExecutionsStarted", 1)
    if not seen.has_ended or seen.stopped_at is None:
        return
    if seen.status in _ENDINGS:
        group.measure(_ENDINGS[seen.status], 1)
    milliseconds = (seen.stopped_at - seen.started_at) * 1000
    group.measure("ExecutionTime", milliseconds)
    if seen.is_express:
        billed = max(1, -(-int(milliseconds) // _BILLED_MILLISECONDS)) * _BILLED_MILLISECONDS
        group.measure("ExpressExecutionBilledDuration", billed)
        group.measure("ExpressExecutionMemory", _MEGABYTES)
        group.measure("ExpressExecutionBilledMemory", _MEGABYTES)


def _count_task(platform: Platform, counts: MinuteCounts[Source], seen: "Seen", event: dict[str, Any]) -> None:
    name, step = _STEPS[event["type"]]
    under_way: dict[tuple[str, int], Task] = platform.memory.setdefault(_TASKS, {})
    if step == "Scheduled":
        task = _scheduled(seen.scope, name, event)
    else:
        found = under_way.pop((seen.arn, event.get("previousEventId", 0)), None)
        if found is None:
            return
        task = found
    kind, group = task.kind, _group(counts, task.source)
    if step == "Scheduled":
        group.measure(kind.scheduled, 1)
    elif step == "Started":
        task = task._replace(started_at=event["timestamp"])
        group.measure(kind.started, 1)
        group.measure(kind.schedule_time, (task.started_at - task.scheduled_at) * 1000)
    elif step != "Submitted":
        _count_end(group, task, name, step, event)
        return
    if len(under_way) >= _MOST_TASKS:
        del under_way[next(iter(under_way))]
    under_way[seen.arn, event["id"]] = task


def _count_end(group: Group, task: Task, name: str, step: str, event: dict[str, Any]) -> None:
    kind, ended_at = task.kind, event["timestamp"]
    is_heartbeat = False
    if step == "TimedOut":
        details = event.get(f"{name[0].lower()}{name[1:]}TimedOutEventDetails") or {}
        is_heartbeat = details.get("error") == _HEARTBEAT
    group.measure(f"{kind.plural}{'HeartbeatTimedOut' if is_heartbeat else step}", 1)
    group.measure(kind.time, (ended_at - task.scheduled_at) * 1000)
    if task.started_at:
        group.measure(kind.run_time, (ended_at - task.started_at) * 1000)


def _scheduled(scope: Scope, name: str, event: dict[str, Any]) -> Task:
    details, kind = event[_DETAILS[name]], _KINDS[name]
    arn = details["resource"]
    if name == "Task":
        arn = f"arn:{scope.partition}:states:{scope.region}:{scope.account}:{details['resourceType']}:{arn}"
    return Task(kind, Source(scope.account, scope.region, kind.dimension, arn), event["timestamp"], 0.0)
