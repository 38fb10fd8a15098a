"""DescribeAlarms: alarms by name, by state, by action, and of a composite alarm's neighbours."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudwatch.alarms import COMPOSITE, METRIC, Alarm, described
from serein.services.cloudwatch.errors import ResourceNotFound, ValidationError
from serein.services.cloudwatch.pages import parse_position, token_of
from serein.services.cloudwatch.store import alarms as store

_MOST = 50
_FAMILY = ("ChildrenOfAlarmName", "ParentsOfAlarmName")


@operation("DescribeAlarms")
async def describe_alarms(call: Call, request: Request) -> Reply:
    _check(request)
    limit = request.get("MaxRecords", _MOST)
    # AWS: composite alarms are shown only when they are asked for by type.
    kinds = tuple(request.get("AlarmTypes") or (METRIC,))
    after = parse_position(call, request, (str, str)) or ("", "")
    if any(member in request for member in _FAMILY):
        return await call.read(lambda tx: _family(tx, call, request))
    prefix = request.get("AlarmNamePrefix", "")
    found = await call.read(lambda tx: store.list_alarms(tx, call.scope, prefix, kinds, after))
    wanted = [alarm for alarm in found if _fits(alarm, request)]
    page = wanted[:limit]
    reply: Reply = {
        "MetricAlarms": [described(alarm) for alarm in page if alarm.kind == METRIC],
        "CompositeAlarms": [described(alarm) for alarm in page if alarm.kind == COMPOSITE],
    }
    if len(wanted) > limit:
        reply["NextToken"] = token_of(call, (page[-1].kind, page[-1].name))
    return reply


def _fits(alarm: Alarm, request: Request) -> bool:
    names, action = request.get("AlarmNames"), request.get("ActionPrefix")
    if names and alarm.name not in names:
        return False
    if request.get("StateValue", alarm.state.value) != alarm.state.value:
        return False
    if action is None:
        return True
    actions = (
        each for member in ("OKActions", "AlarmActions", "InsufficientDataActions") for each in alarm.definition[member]
    )
    return any(each.startswith(action) for each in actions)


def _check(request: Request) -> None:
    if "AlarmNames" in request and "AlarmNamePrefix" in request:
        raise ValidationError("AlarmNamePrefix and AlarmNames are mutually exclusive")
    family = [member for member in _FAMILY if member in request]
    others = request.keys() - {*family, "MaxRecords", "NextToken"}
    if len(family) == 2 or (family and others):
        raise ValidationError(f"{family[0]} can only be specified together with MaxRecords and NextToken")


def _family(tx: Transaction, call: Call, request: Request) -> Reply:
    """AWS: of relatives only names, ARNs and states are shown; the rest of what is required is left out."""
    name = request.get("ChildrenOfAlarmName") or request["ParentsOfAlarmName"]
    alarm = store.find_alarm(tx, call.scope, name)
    if alarm is None:
        raise ResourceNotFound(f"Alarm {name} does not exist")
    if "ChildrenOfAlarmName" in request:
        found = [store.find_alarm_by_arn(tx, arn) for arn in sorted(store.children_of(tx, alarm.arn))]
    else:
        found = [*store.parents_of(tx, alarm.arn)]
    members = ("AlarmName", "AlarmArn", "StateValue", "StateReason", "StateUpdatedTimestamp", "AlarmRule")
    reply: Reply = {"MetricAlarms": [], "CompositeAlarms": []}
    for each in found:
        if each is not None:
            shown = {member: value for member, value in described(each).items() if member in members}
            reply["MetricAlarms" if each.kind == METRIC else "CompositeAlarms"].append(shown)
    return reply
