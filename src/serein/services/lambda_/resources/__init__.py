"""CloudFormation's AWS::Lambda resource types."""

from serein.services.lambda_.resources.capacity import CapacityProviderResource
from serein.services.lambda_.resources.functions import FunctionResource
from serein.services.lambda_.resources.layers import LayerVersionPermissionResource, LayerVersionResource
from serein.services.lambda_.resources.mappings import EventInvokeConfigResource, EventSourceMappingResource
from serein.services.lambda_.resources.permissions import PermissionResource, ResourcePolicyResource
from serein.services.lambda_.resources.signing import CodeSigningConfigResource
from serein.services.lambda_.resources.urls import UrlResource
from serein.services.lambda_.resources.versions import AliasResource, VersionResource

__all__ = [
    "AliasResource",
    "CapacityProviderResource",
    "CodeSigningConfigResource",
    "EventInvokeConfigResource",
    "EventSourceMappingResource",
    "FunctionResource",
    "LayerVersionPermissionResource",
    "LayerVersionResource",
    "PermissionResource",
    "ResourcePolicyResource",
    "UrlResource",
    "VersionResource",
]
