"""DescribeAlarmHistory: what happened to alarms in the last 30 days."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudwatch.alarms import METRIC
from serein.services.cloudwatch.history import HistoryWanted
from serein.services.cloudwatch.pages import parse_position, token_of
from serein.services.cloudwatch.store import alarms as store

_MOST = 100


@operation("DescribeAlarmHistory", partial="Alarms have no contributors here.", stored=("AlarmContributorId",))
async def describe_alarm_history(call: Call, request: Request) -> Reply:
    limit = request.get("MaxRecords", _MOST)
    position = parse_position(call, request, (int,))
    kinds = request.get("AlarmTypes") or [METRIC]
    offset: int = position[0] if position else 0
    wanted = HistoryWanted(
        call.scope,
        kinds[0] if len(kinds) == 1 else None,
        request.get("AlarmName"),
        request.get("HistoryItemType"),
        request.get("StartDate", 0.0),
        request.get("EndDate"),
        request.get("ScanBy") == "TimestampAscending",
        offset,
        limit + 1,
    )
    items = await call.read(lambda tx: store.list_history(tx, wanted))
    reply: Reply = {
        "AlarmHistoryItems": [
            {
                "AlarmName": item.name,
                "AlarmType": item.kind,
                "Timestamp": item.happened_at,
                "HistoryItemType": item.item_type,
                "HistorySummary": item.summary,
                "HistoryData": item.data,
            }
            for item in items[:limit]
        ]
    }
    if len(items) > limit:
        reply["NextToken"] = token_of(call, (offset + limit,))
    return reply
