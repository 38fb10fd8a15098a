"""`layers` of a service: versions of layers from folders or archives of the project.

https://www.serverless.com/framework/docs/providers/aws/guide/layers
"""

from collections.abc import Mapping
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.packaging import PATTERNS
from serein.deploy.serverless.fragments import Made, normalized, resource
from serein.deploy.serverless.plugins.python_requirements import layer_metadata
from serein.deploy.serverless.service import Service


def layer_resources(service: Service) -> Made:
    """The layers of a service; their hashes and keys come with their packages. Raises TemplateInvalid."""
    made = Made()
    for key, given in (service.document.get("layers") or {}).items():
        settings: Mapping[str, Any] = given if isinstance(given, dict) else {}
        package = settings.get("package") or {}
        content = package.get("artifact") or settings.get("path")
        if not content:
            raise TemplateInvalid(f"layers.{key} needs a path, or an artifact in its package.")
        logical_id = layer_id(str(key))
        properties = {
            "Content": str(content),
            "LayerName": settings.get("name") or str(key),
            "Description": settings.get("description"),
            "LicenseInfo": settings.get("licenseInfo"),
            "CompatibleRuntimes": settings.get("compatibleRuntimes"),
            "CompatibleArchitectures": settings.get("compatibleArchitectures"),
        }
        patterns = [*(f"!{each}" for each in package.get("exclude") or ()), *(package.get("patterns") or ())]
        kept = "Retain" if settings.get("retain") else None
        version = resource("AWS::Lambda::LayerVersion", properties, DeletionPolicy=kept)
        metadata = {**({PATTERNS: patterns} if patterns else {}), **layer_metadata(service, str(key))}
        made.resources[logical_id] = {**version, "Metadata": metadata} if metadata else version
        for account in settings.get("allowedAccounts") or ():
            allowed = {
                "Action": "lambda:GetLayerVersion",
                "LayerVersionArn": {"Ref": logical_id},
                "Principal": account,
            }
            permission_id = f"{normalized(str(key))}{str(account).replace('*', 'Wild')}LambdaLayerPermission"
            made.resources[permission_id] = resource("AWS::Lambda::LayerVersionPermission", allowed)
        output = {"Description": "Current Lambda layer version", "Value": {"Ref": logical_id}}
        made.outputs[f"{logical_id}QualifiedArn"] = output
    return made


def layer_id(key: str) -> str:
    return f"{normalized(key)}LambdaLayer"
