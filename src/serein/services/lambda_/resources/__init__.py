"""CloudFormation's AWS::Lambda resource types."""

from serein.services.lambda_.resources.functions import FunctionResource
from serein.services.lambda_.resources.layers import LayerVersionPermissionResource, LayerVersionResource
from serein.services.lambda_.resources.mappings import EventInvokeConfigResource, EventSourceMappingResource
from serein.services.lambda_.resources.permissions import PermissionResource
from serein.services.lambda_.resources.urls import UrlResource
from serein.services.lambda_.resources.versions import AliasResource, VersionResource

__all__ = [
    "AliasResource",
    "EventInvokeConfigResource",
    "EventSourceMappingResource",
    "FunctionResource",
    "LayerVersionPermissionResource",
    "LayerVersionResource",
    "PermissionResource",
    "UrlResource",
    "VersionResource",
]
