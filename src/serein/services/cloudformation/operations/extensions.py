"""What makes third-party extensions and publishers of the registry: refused, as Serein doesn't run their handlers."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.registry.entries import named_type
from serein.services.cloudformation.registry.errors import CFNRegistryException, TypeNotFoundException, no_extensions
from serein.services.cloudformation.type_data import is_type

_REFUSED = "third-party extensions are refused"


@operation("RegisterType", partial=_REFUSED)
async def register_type(call: Call, request: Request) -> Reply:
    raise no_extensions(f"RegisterType of {request['TypeName']}")


@operation("ActivateType", partial=_REFUSED)
async def activate_type(call: Call, request: Request) -> Reply:
    name = request.get("PublicTypeArn") or request.get("TypeName")
    if not name:
        raise CFNRegistryException("Either PublicTypeArn, or Type, TypeName and PublisherId must be specified")
    raise no_extensions(f"ActivateType of {name}")


@operation("DeactivateType", partial=_REFUSED)
async def deactivate_type(call: Call, request: Request) -> Reply:
    raise _unknown(request)


@operation("DeregisterType", partial=_REFUSED)
async def deregister_type(call: Call, request: Request) -> Reply:
    raise _unknown(request)


@operation("SetTypeDefaultVersion", partial=_REFUSED)
async def set_type_default_version(call: Call, request: Request) -> Reply:
    raise _unknown(request)


@operation("TestType", partial=_REFUSED)
async def test_type(call: Call, request: Request) -> Reply:
    raise _unknown(request)


@operation("PublishType", partial=_REFUSED)
async def publish_type(call: Call, request: Request) -> Reply:
    raise _unknown(request)


@operation("SetTypeConfiguration", partial=_REFUSED)
async def set_type_configuration(call: Call, request: Request) -> Reply:
    raise _unknown(request, "TypeArn")


@operation("RegisterPublisher", partial=_REFUSED)
async def register_publisher(call: Call, request: Request) -> Reply:
    raise no_extensions("RegisterPublisher")


@operation("DescribePublisher", partial=_REFUSED)
async def describe_publisher(call: Call, request: Request) -> Reply:
    wanted = request.get("PublisherId")
    raise CFNRegistryException(
        f"The publisher {wanted} cannot be found." if wanted else "This account is not registered as a publisher."
    )


@operation("RecordHandlerProgress", partial=_REFUSED)
async def record_handler_progress(call: Call, request: Request) -> Reply:
    raise CFNRegistryException("No handler of a third-party extension runs under this bearer token")


def _unknown(request: Request, arn_member: str = "Arn") -> CFNRegistryException | TypeNotFoundException:
    """AWS's own types can't be changed; others aren't here."""
    name = named_type(request, arn_member)
    if is_type(name):
        return CFNRegistryException(f"The type '{name}' is public and owned by AWS: it can not be changed.")
    return TypeNotFoundException(f"The type '{name}' cannot be found.")
