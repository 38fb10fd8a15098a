"""The trust between stack sets and AWS Organizations, which this server doesn't have."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.stacksets.errors import InvalidOperationException
from serein.services.cloudformation.stacksets.submission import refuse_service_managed

_REFUSED = "refused, as this server has no organizations"
_NO_ORGANIZATION = "This account is not the management account of an organization"


@operation("ActivateOrganizationsAccess", partial=_REFUSED)
async def activate_organizations_access(call: Call, request: Request) -> Reply:
    raise InvalidOperationException(_NO_ORGANIZATION)


@operation("DeactivateOrganizationsAccess", partial=_REFUSED)
async def deactivate_organizations_access(call: Call, request: Request) -> Reply:
    raise InvalidOperationException(_NO_ORGANIZATION)


@operation("DescribeOrganizationsAccess")
async def describe_organizations_access(call: Call, request: Request) -> Reply:
    refuse_service_managed(request)
    return {"Status": "DISABLED"}
