"""Resource scans: what an account and region has, started, described and listed."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Delivery, Target, Transaction
from serein.kernel.errors import AwsError
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.generator import scanning, store
from serein.services.cloudformation.generator.errors import ResourceScanInProgress
from serein.services.cloudformation.generator.store import Scan, Scanned
from serein.services.cloudformation.pages import page_of


@operation("StartResourceScan", partial="resources of the types whose drift can be detected are found")
async def start_resource_scan(call: Call, request: Request) -> Reply:
    scope = call.scope
    scan_id = f"arn:{scope.partition}:cloudformation:{scope.region}:{scope.account}:resourceScan/{new_uuid()}"
    types = [name for it in request.get("ScanFilters", []) for name in it.get("Types", [])]

    def write(tx: Transaction) -> None:
        if any(scan.status == "IN_PROGRESS" for scan in store.scans_of(tx, scope)):
            raise ResourceScanInProgress
        store.save_scan(tx, Scan(scan_id, scope, "IN_PROGRESS", tx.now, types=types))
        tx.send(Delivery(Target("cloudformation", "RunResourceScan", scope), {"ResourceScanId": scan_id}))

    await call.write(write)
    return {"ResourceScanId": scan_id}


@operation("RunResourceScan", internal=True)
async def run_resource_scan(call: Call, request: Request) -> Reply:
    """Carry out the scan {ResourceScanId}."""
    scan = await call.read(lambda tx: store.require_scan(tx, call.scope, request["ResourceScanId"]))
    found: list[Scanned] = []
    try:
        scan.scanned_types, found = await scanning.scan(call, scan.types)
        scan.status = "COMPLETE"
    except AwsError as error:
        scan.status, scan.reason = "FAILED", error.message
    scan.count = len(found)

    def write(tx: Transaction) -> None:
        scan.ended_at = tx.now
        store.save_scanned(tx, scan.scan_id, found)
        store.save_scan(tx, scan)

    await call.write(write)
    return {}


@operation("DescribeResourceScan")
async def describe_resource_scan(call: Call, request: Request) -> Reply:
    scan = await call.read(lambda tx: store.require_scan(tx, call.scope, request["ResourceScanId"]))
    shown = _summary(scan) | {
        "ResourceTypes": scan.scanned_types,
        "ResourcesScanned": scan.count,
        "ResourcesRead": scan.count,
    }
    del shown["ScanType"]
    return shown | ({"ScanFilters": [{"Types": scan.types}]} if scan.types else {})


@operation("ListResourceScans")
async def list_resource_scans(call: Call, request: Request) -> Reply:
    wanted = request.get("ScanTypeFilter")
    shown = [_summary(scan) for scan in await call.read(lambda tx: store.scans_of(tx, call.scope))]
    return page_of("ResourceScanSummaries", [it for it in shown if wanted in (None, it["ScanType"])], request)


@operation("ListResourceScanResources")
async def list_resource_scan_resources(call: Call, request: Request) -> Reply:
    found = [it for it in await _found(call, request) if _is_wanted(it, request)]
    return page_of("Resources", [_shown(it) for it in found], request)


@operation("ListResourceScanRelatedResources")
async def list_resource_scan_related_resources(call: Call, request: Request) -> Reply:
    found = await scanning.related(call, request["Resources"], await _found(call, request))
    return page_of("RelatedResources", [_shown(it) for it in found], request)


async def _found(call: Call, request: Request) -> list[Scanned]:
    def read(tx: Transaction) -> list[Scanned]:
        scan = store.require_scan(tx, call.scope, request["ResourceScanId"])
        if scan.status == "IN_PROGRESS":
            raise ResourceScanInProgress
        return store.scanned_of(tx, scan.scan_id)

    return await call.read(read)


def _is_wanted(found: Scanned, request: Request) -> bool:
    if not found.type.startswith(request.get("ResourceTypePrefix", "")):
        return False
    if "ResourceIdentifier" in request and request["ResourceIdentifier"] not in found.identifier.values():
        return False
    if "TagKey" in request and request["TagKey"] not in found.tags:
        return False
    return "TagValue" not in request or request["TagValue"] in found.tags.values()


def _shown(found: Scanned) -> Reply:
    return {"ResourceType": found.type, "ResourceIdentifier": found.identifier, "ManagedByStack": found.is_managed}


def _summary(scan: Scan) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "ResourceScanId": scan.scan_id,
        "Status": scan.status,
        "StartTime": scan.started_at,
        "PercentageCompleted": 0.0 if scan.status == "IN_PROGRESS" else 100.0,
        "ScanType": "PARTIAL" if scan.types else "FULL",
    }
    if scan.ended_at is not None:
        shown["EndTime"] = scan.ended_at
    return shown | ({"StatusReason": scan.reason} if scan.reason else {})
