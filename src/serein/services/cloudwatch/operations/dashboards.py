"""PutDashboard, GetDashboard, ListDashboards and DeleteDashboards: dashboards are kept, and drawn by nobody."""

import json
import re
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudwatch.errors import (
    DashboardInvalidInputError,
    DashboardNotFoundError,
    InvalidParameterValueException,
)
from serein.services.cloudwatch.pages import parse_position, token_of
from serein.services.cloudwatch.putting_alarms import parse_tags
from serein.services.cloudwatch.store import dashboards as store

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}\Z")
_MOST = 300
_WIDGETS = frozenset({"alarm", "custom", "explorer", "log", "metric", "text", "trace", "table"})


@operation("PutDashboard")
async def put_dashboard(call: Call, request: Request) -> Reply:
    name, body = request["DashboardName"], request["DashboardBody"]
    if _NAME.match(name) is None:
        raise _invalid(
            "The dashboard name must have 1 to 255 letters, digits, dashes and underscores.", "DashboardName"
        )
    warnings = _check(body)
    tags = parse_tags(request)

    def write(tx: Transaction) -> None:
        known = store.find_dashboard(tx, call.scope, name)
        own = tags if known is None else known.tags
        store.put_dashboard(tx, call.scope, store.Dashboard(name, body, own, tx.now))

    await call.write(write)
    return {"DashboardValidationMessages": warnings}


@operation("GetDashboard")
async def get_dashboard(call: Call, request: Request) -> Reply:
    name = request["DashboardName"]
    found = await call.read(lambda tx: store.find_dashboard(tx, call.scope, name))
    if found is None:
        raise DashboardNotFoundError(f"Dashboard {name} does not exist")
    return {"DashboardName": name, "DashboardArn": dashboard_arn(call, name), "DashboardBody": found.body}


@operation("ListDashboards")
async def list_dashboards(call: Call, request: Request) -> Reply:
    position = parse_position(call, request, (str,))
    after = position[0] if position else ""
    prefix = request.get("DashboardNamePrefix", "")
    found = await call.read(lambda tx: store.list_dashboards(tx, call.scope, prefix, after, _MOST + 1))
    reply: Reply = {
        "DashboardEntries": [
            {
                "DashboardName": each.name,
                "DashboardArn": dashboard_arn(call, each.name),
                "LastModified": each.modified_at,
                "Size": len(each.body.encode()),
            }
            for each in found[:_MOST]
        ]
    }
    if len(found) > _MOST:
        reply["NextToken"] = token_of(call, (found[_MOST - 1].name,))
    return reply


@operation("DeleteDashboards")
async def delete_dashboards(call: Call, request: Request) -> Reply:
    names = request.get("DashboardNames")
    if not names:
        raise InvalidParameterValueException("The parameter DashboardNames is required.")

    def write(tx: Transaction) -> None:
        for name in names:
            if store.find_dashboard(tx, call.scope, name) is None:
                raise DashboardNotFoundError(f"The specified dashboard does not exist. [{name}]")
        for name in names:
            store.delete_dashboard(tx, call.scope, name)

    await call.write(write)
    return {}


def dashboard_arn(call: Call, name: str) -> str:
    """AWS: dashboards belong to no region."""
    return f"arn:{call.scope.partition}:cloudwatch::{call.scope.account}:dashboard/{name}"


def _invalid(message: str, path: str) -> DashboardInvalidInputError:
    return DashboardInvalidInputError(message, dashboardValidationMessages=[{"DataPath": path, "Message": message}])


def _check(body: str) -> list[dict[str, str]]:
    """Raise DashboardInvalidInputError for what is no dashboard; return what AWS would warn of."""
    try:
        root: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise _invalid("The field DashboardBody must be a valid JSON object", "DashboardBody") from None
    if not isinstance(root, dict) or not isinstance(root.get("widgets"), list):
        raise _invalid("Should have required property 'widgets'", "/")
    warnings = []
    for place, widget in enumerate(root["widgets"]):
        if not isinstance(widget, dict) or widget.get("type") not in _WIDGETS:
            raise _invalid("Should be equal to one of the allowed values", f"/widgets/{place}/type")
        if not isinstance(widget.get("properties"), dict):
            raise _invalid("Should have required property 'properties'", f"/widgets/{place}")
        warnings += [
            {"DataPath": f"/widgets/{place}/{name}", "Message": "should NOT have additional properties"}
            for name in sorted(widget.keys() - {"type", "x", "y", "width", "height", "properties"})
        ]
    return warnings
