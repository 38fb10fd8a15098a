"""CloudFormation types of services that moto answers for, made by moto's own code for them.

moto knows how to make and remove them; a change of anything but tags makes a new one, and a change of tags is kept and
has no effect. What is gone because the server was restarted is removed without complaint.
"""

import importlib
import re
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, cast

from serein.kernel.errors import AwsError
from serein.kernel.resource import Deployment, Made, Properties

MADE = frozenset(
    {
        "AWS::EC2::EIP",
        "AWS::EC2::InternetGateway",
        "AWS::EC2::NatGateway",
        "AWS::EC2::Route",
        "AWS::EC2::RouteTable",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::Subnet",
        "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::VPC",
        "AWS::EC2::VPCEndpoint",
        "AWS::EC2::VPCGatewayAttachment",
        "AWS::ECS::Cluster",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "AWS::KMS::Alias",
        "AWS::KMS::Key",
        "AWS::Route53::HostedZone",
    }
)
"""Types whose resources are then there for the services' own operations too."""
_OTHER_TAGS = frozenset({"AWS::KMS::Key"})
"""Types whose tags moto takes in another form than templates have: it gets none."""
_MISSING = re.compile("not found|NotFound|does not exist|KeyError", re.IGNORECASE)
_SERVICES = ("ec2", "ecs", "elbv2", "kms", "route53")
Run = Callable[[Callable[[], Any]], Awaitable[Any]]


class MotoFailure(AwsError):
    """moto could not do it."""

    code = "InvalidRequest"


class MotoType:
    """One type; `run` works with moto's backends."""

    stored = frozenset({"Tags"})
    remark = "moto answers for it: it is in memory only, and gone when the server stops"

    def __init__(self, type_name: str, properties: frozenset[str], attributes: tuple[str, ...], run: Run) -> None:
        self.properties = properties
        self.replaced_by = properties - {"Tags"}
        self._type_name = type_name
        self._attributes = attributes
        self._run = run

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name, scope = deployment.physical_name(32), deployment.scope
        given = {key: value for key, value in properties.items() if key != "Tags"}
        if "Tags" in self.properties and self._type_name not in _OTHER_TAGS:
            own = {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or ()}
            given["Tags"] = [{"Key": key, "Value": value} for key, value in (deployment.tags | own).items()]
        described = {"Type": self._type_name, "Properties": given}

        def work() -> Made:
            model = _models()[self._type_name]
            made = model.create_from_cloudformation_json(
                _named(model, given) or name, described, scope.account, scope.region
            )
            attributes = {attribute: _attribute(made, attribute) for attribute in self._attributes}
            return Made(
                str(made.physical_resource_id), {key: value for key, value in attributes.items() if value is not None}
            )

        made: Made = await self._attempt(work)
        return made

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return Made(physical_id)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        scope = deployment.scope
        described = {"Type": self._type_name, "Properties": properties}

        def work() -> None:
            _models()[self._type_name].delete_from_cloudformation_json(
                physical_id, described, scope.account, scope.region
            )

        try:
            await self._attempt(work)
        except MotoFailure as failure:
            if not _MISSING.search(failure.message):
                raise

    async def _attempt(self, work: Callable[[], Any]) -> Any:
        # Why here: moto is loaded by then, and not before.
        from moto.core.exceptions import ServiceException
        from werkzeug.exceptions import HTTPException

        try:
            return await self._run(work)
        except (HTTPException, ServiceException) as error:
            raise MotoFailure(str(getattr(error, "message", "") or error)) from error
        except (AttributeError, KeyError, NotImplementedError, TypeError, ValueError) as error:
            raise MotoFailure(f"moto can't do this: {type(error).__name__}: {error}") from error


@cache
def _models() -> dict[str, Any]:
    """moto's models of resource types, by their names."""
    for service in _SERVICES:
        importlib.import_module(f"moto.{service}.models")
    # Why here: moto takes a second to import.
    from moto.core.common_models import CloudFormationModel

    return {name: model for model in _below(CloudFormationModel) if (name := _type_of(model)) in MADE}


def _below(model: type) -> list[Any]:
    found: list[Any] = []
    for below in cast(list[type], model.__subclasses__()):
        found += [below, *_below(below)]
    return found


def _type_of(model: Any) -> str:
    found = model.cloudformation_type()
    return found if isinstance(found, str) else ""


def _named(model: Any, properties: Properties) -> str:
    """The name that the template gives the resource."""
    return str(properties.get(model.cloudformation_name_type() or "", ""))


def _attribute(made: Any, name: str) -> Any:
    # Why here: moto is loaded by then.
    from moto.cloudformation.exceptions import UnformattedGetAttTemplateException

    try:
        value = made.get_cfn_attribute(name)
    except (UnformattedGetAttTemplateException, NotImplementedError, AttributeError):
        value = None
    if value is None and name in ("Id", made.cloudformation_type().rpartition("::")[2] + "Id"):
        return str(made.physical_resource_id)
    return value if isinstance(value, str | int | bool | list) else None
