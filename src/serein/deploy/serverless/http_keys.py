"""API keys and usage plans of a REST API: one plan for all keys, or several named ones.

https://www.serverless.com/framework/docs/providers/aws/events/apigateway#setting-api-keys-for-your-rest-api
"""

from collections.abc import Mapping
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.fragments import Resource, capitalized, resource


def key_resources(
    service: Mapping[str, Any], settings: Mapping[str, Any], api: Any, deployment: str, stage: str
) -> dict[str, Resource]:
    """The keys and plans of the provider's `apiGateway`. Raises TemplateInvalid for keys of a plan that isn't there."""
    keys, given = settings.get("apiKeys") or [], settings.get("usagePlan") or {}
    if not keys and not given:
        return {}
    named = (
        [(str(name), plan or {}) for each in given for name, plan in each.items()] if isinstance(given, list) else []
    )
    made: dict[str, Resource] = {}
    for name, plan in named or [("", given if isinstance(given, dict) else {})]:
        properties = {
            "ApiStages": [{"ApiId": api, "Stage": stage}],
            "Description": f'Usage plan "{name}" for {service["service"]} {stage} stage'
            if name
            else f"Usage plan for {service['service']} {stage} stage",
            "UsagePlanName": "-".join(filter(None, [service["service"], name, stage])),
            "Quota": _limits(plan.get("quota")),
            "Throttle": _limits(plan.get("throttle")),
        }
        logical_id = f"ApiGatewayUsagePlan{capitalized(name)}"
        made[logical_id] = resource("AWS::ApiGateway::UsagePlan", properties, DependsOn=deployment)
    shared = []
    for key in keys:
        name, own = next(iter(key.items())) if isinstance(key, dict) else ("", None)
        if not isinstance(own, list):
            shared.append(key)
            continue
        if name not in dict(named):
            raise TemplateInvalid(f"provider.apiGateway.apiKeys has keys of {name}, which is no usage plan.")
        made |= _keys(own, str(name), api, deployment, stage)
    return {**made, **_keys(shared, "", api, deployment, stage)}


def _keys(keys: list[Any], plan: str, api: Any, deployment: str, stage: str) -> dict[str, Resource]:
    made = {}
    for number, given in enumerate(keys, 1):
        key: Mapping[str, Any] = given if isinstance(given, dict) else {"name": given}
        suffix = f"{capitalized(plan)}{number}"
        properties = {
            "Enabled": key.get("enabled", True),
            "Name": key.get("name"),
            "Value": key.get("value"),
            "Description": key.get("description"),
            "CustomerId": key.get("customerId"),
            "StageKeys": [{"RestApiId": api, "StageName": stage}],
        }
        made[f"ApiGatewayApiKey{suffix}"] = resource("AWS::ApiGateway::ApiKey", properties, DependsOn=deployment)
        member = {
            "KeyId": {"Ref": f"ApiGatewayApiKey{suffix}"},
            "KeyType": "API_KEY",
            "UsagePlanId": {"Ref": f"ApiGatewayUsagePlan{capitalized(plan)}"},
        }
        made[f"ApiGatewayUsagePlanKey{suffix}"] = resource("AWS::ApiGateway::UsagePlanKey", member)
    return made


def _limits(given: Any) -> Any:
    return {capitalized(key): value for key, value in given.items()} if given else None
