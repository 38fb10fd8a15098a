"""`useExactVersion` of state machines: they call the versions of functions that a deployment publishes."""

from typing import Any

from serein.deploy.serverless.fragments import Resource
from serein.deploy.serverless.service import Service
from serein.deploy.serverless.workflows.names import logical_id_of, machines_of


def use_exact_versions(service: Service, resources: dict[str, Resource]) -> None:
    """Have machines that want that call versions, once the template has those."""
    versions = {
        made["Properties"]["FunctionName"]["Ref"]: logical_id
        for logical_id, made in resources.items()
        if made["Type"] == "AWS::Lambda::Version" and "Ref" in made["Properties"].get("FunctionName", {})
    }
    for key, settings in machines_of(service.document):
        if not settings.get("useExactVersion"):
            continue
        logical_id = logical_id_of(key, settings)
        made = resources[logical_id]
        definition = made["Properties"]["DefinitionString"]
        parts = definition.get("Fn::Sub") if isinstance(definition, dict) else None
        if isinstance(parts, list):
            values = {name: _exact(value, versions) for name, value in parts[1].items()}
            properties = {**made["Properties"], "DefinitionString": {"Fn::Sub": [parts[0], values]}}
            resources[logical_id] = {**made, "Properties": properties}


def _exact(value: Any, versions: dict[str, str]) -> Any:
    argument = value.get("Fn::GetAtt") if isinstance(value, dict) else None
    if isinstance(argument, list) and argument[0] in versions:
        return {"Ref": versions[argument[0]]}
    return value
