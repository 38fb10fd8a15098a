"""One API made from another: all its parts, with identifiers of their own."""

from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.ids import random_lower
from serein.services.apigateway.store import apis

_KINDS = ("RequestValidator", "Authorizer", "Model", "GatewayResponse", "DocumentationPart")


def copy_parts(tx: Transaction, source_id: str, api_id: str) -> str:
    """Copy an API's parts to another; the id of its root resource."""
    ids: dict[str, str] = {}
    for kind in _KINDS:
        for part in apis.list_parts(tx, source_id, kind):
            key = part.get("responseType") or (part["name"] if kind == "Model" else "")
            if "id" in part:
                ids[part["id"]] = random_lower(6)
                part["id"] = ids[part["id"]]
            apis.put_part(tx, api_id, kind, key or part["id"], part)
    resources = apis.list_parts(tx, source_id, "Resource")
    for resource in resources:
        ids[resource["id"]] = random_lower(6 if "parentId" in resource else 10)
    root = ""
    for resource in resources:
        _rename(resource, ids)
        apis.put_part(tx, api_id, "Resource", resource["id"], resource)
        if "parentId" not in resource:
            root = resource["id"]
    return root


def _rename(resource: dict[str, Any], ids: dict[str, str]) -> None:
    resource["id"] = ids[resource["id"]]
    if "parentId" in resource:
        resource["parentId"] = ids[resource["parentId"]]
    for method in resource.get("resourceMethods", {}).values():
        for member in ("authorizerId", "requestValidatorId"):
            if member in method:
                method[member] = ids.get(method[member], method[member])
        integration = method.get("methodIntegration", {})
        if "cacheNamespace" in integration:
            integration["cacheNamespace"] = ids.get(integration["cacheNamespace"], integration["cacheNamespace"])
