"""REST APIs' control plane: deployments, stages, canaries, settings of methods."""

import pytest

from rest_control import Api, make_api, patch, refusal
from serein.testing import Serein


@pytest.fixture
def api(aws: Serein) -> Api:
    made = make_api(aws)
    made.mock()
    return made


def update(api: Api, stage: str, *patches: dict[str, str]) -> dict:
    return api.client.update_stage(restApiId=api.id, stageName=stage, patchOperations=list(patches))


def refused(api: Api, *patches: dict[str, str]) -> str:
    return refusal(api.client.update_stage, restApiId=api.id, stageName="dev", patchOperations=list(patches))[1]


def test_an_api_without_methods_or_integrations_cannot_be_deployed(aws: Serein) -> None:
    api = make_api(aws)
    empty = ("BadRequestException", "The REST API doesn't contain any methods")
    assert refusal(api.client.create_deployment, restApiId=api.id) == empty
    api.client.put_method(restApiId=api.id, resourceId=api.root, httpMethod="GET", authorizationType="NONE")
    expected = ("BadRequestException", "No integration defined for method")
    assert refusal(api.client.create_deployment, restApiId=api.id) == expected


def test_a_deployment_makes_and_moves_a_stage_and_stays_while_it_is_served(api: Api) -> None:
    first = api.client.create_deployment(restApiId=api.id, stageName="dev", description="one", variables={"a": "b"})[
        "id"
    ]
    shown = api.client.get_deployment(restApiId=api.id, deploymentId=first, embed=["apisummary"])
    assert shown["description"] == "one"
    assert shown["apiSummary"] == {"/": {"GET": {"authorizationType": "NONE", "apiKeyRequired": False}}}
    expected = ("BadRequestException", "Active stages pointing to this deployment must be moved or deleted")
    assert refusal(api.client.delete_deployment, restApiId=api.id, deploymentId=first) == expected
    second = api.deploy("dev")
    stage = api.client.get_stage(restApiId=api.id, stageName="dev")
    assert stage["deploymentId"] == second and stage["variables"] == {"a": "b"}
    api.client.delete_deployment(restApiId=api.id, deploymentId=first)
    assert [found["id"] for found in api.client.get_deployments(restApiId=api.id)["items"]] == [second]
    changed = api.client.update_deployment(
        restApiId=api.id, deploymentId=second, patchOperations=[patch("replace", "/description", "two")]
    )
    assert changed["description"] == "two"
    assert refusal(api.client.get_deployment, restApiId=api.id, deploymentId=first)[0] == "NotFoundException"


def test_a_stage_s_plain_settings_are_patched(api: Api) -> None:
    deployment = api.deploy()
    certificate = api.client.generate_client_certificate()["clientCertificateId"]
    api.client.create_documentation_version(restApiId=api.id, documentationVersion="1")
    made = api.client.create_stage(restApiId=api.id, stageName="dev", deploymentId=deployment, tracingEnabled=True)
    assert made["tracingEnabled"] and made["cacheClusterStatus"] == "NOT_AVAILABLE"
    changed = update(
        api,
        "dev",
        patch("replace", "/description", "d"),
        patch("replace", "/cacheClusterEnabled", "true"),
        patch("replace", "/cacheClusterSize", "1.6"),
        patch("replace", "/clientCertificateId", certificate),
        patch("replace", "/documentationVersion", "1"),
        patch("replace", "/tracingEnabled", "false"),
        patch("replace", "/variables/url", "http://x/?a=b"),
        patch("add", "/variables/gone", "x"),
        patch("remove", "/variables/gone"),
    )
    assert changed["cacheClusterStatus"] == "AVAILABLE" and changed["cacheClusterSize"] == "1.6"
    assert changed["variables"] == {"url": "http://x/?a=b"} and changed["clientCertificateId"] == certificate
    assert changed["documentationVersion"] == "1" and not changed["tracingEnabled"] and changed["description"] == "d"
    assert refusal(api.client.delete_client_certificate, clientCertificateId=certificate)[0] == "BadRequestException"
    again = {"restApiId": api.id, "stageName": "dev", "deploymentId": deployment}
    assert refusal(api.client.create_stage, **again) == ("ConflictException", "Stage already exists")
    bad = {**again, "stageName": "a b"}
    assert refusal(api.client.create_stage, **bad) == ("BadRequestException", "Stage name only allows a-zA-Z0-9_")
    for given, words in (
        (patch("replace", "/deploymentId", "nothing"), "Deployment id does not exist"),
        (patch("replace", "/clientCertificateId", "nothing"), "Invalid client certificate identifier specified"),
        (patch("replace", "/documentationVersion", "9"), "Invalid Documentation version specified"),
        (patch("replace", "/cacheClusterSize", "2"), "Invalid cache cluster size specified"),
        (patch("replace", "/variables/a-b", "x"), "Stage variable name"),
        (patch("replace", "/variables/a", "x y"), "Stage variable value"),
        (patch("replace", "/nothing", "x"), "Invalid method setting path: /nothing. Must be one of: [/deploymentId,"),
    ):
        assert refused(api, given).startswith(words)
    api.client.delete_stage(restApiId=api.id, stageName="dev")
    missing = refusal(api.client.get_stage, restApiId=api.id, stageName="dev")
    assert missing == ("NotFoundException", "Invalid stage identifier specified")


def test_settings_of_methods_are_patched_by_path_and_begin_as_the_stage_s(api: Api) -> None:
    api.deploy("dev")
    values = {
        "metrics/enabled": ("metricsEnabled", "true", True),
        "logging/loglevel": ("loggingLevel", "INFO", "INFO"),
        "logging/dataTrace": ("dataTraceEnabled", "true", True),
        "throttling/burstLimit": ("throttlingBurstLimit", "7", 7),
        "throttling/rateLimit": ("throttlingRateLimit", "1.5", 1.5),
        "caching/enabled": ("cachingEnabled", "true", True),
        "caching/ttlInSeconds": ("cacheTtlInSeconds", "60", 60),
        "caching/dataEncrypted": ("cacheDataEncrypted", "true", True),
        "caching/requireAuthorizationForCacheControl": ("requireAuthorizationForCacheControl", "false", False),
        "caching/unauthorizedCacheControlHeaderStrategy": (
            "unauthorizedCacheControlHeaderStrategy",
            "FAIL_WITH_403",
            "FAIL_WITH_403",
        ),
    }
    patches = [patch("replace", f"/*/*/{path}", text) for path, (_, text, _) in values.items()]
    whole = update(api, "dev", *patches)["methodSettings"]["*/*"]
    assert whole == {member: value for member, _, value in values.values()}
    one = update(api, "dev", patch("replace", "/~1pets~1{id}/GET/throttling/rateLimit", "3"))["methodSettings"]
    assert one["~1pets~1{id}/GET"] == {**whole, "throttlingRateLimit": 3.0}
    left = update(api, "dev", patch("remove", "/~1pets~1{id}/GET"))["methodSettings"]
    assert list(left) == ["*/*"]
    for path, value in (
        ("/*/*/logging/loglevel", "LOUD"),
        ("/*/*/throttling/rateLimit", "fast"),
        ("/*/*/throttling/burstLimit", "nan"),
        ("/*/*/caching/ttlInSeconds", "3601"),
        ("/*/*/caching/unauthorizedCacheControlHeaderStrategy", "CRY"),
        ("/*/*/caching/nothing", "1"),
    ):
        assert refused(api, patch("replace", path, value))
    assert "there is no method setting" in refused(api, patch("remove", "/~1no/GET"))


def test_a_canary_is_deployed_changed_and_promoted(api: Api) -> None:
    first = api.deploy("dev")
    second = api.client.create_deployment(
        restApiId=api.id,
        stageName="dev",
        canarySettings={"percentTraffic": 10.0, "stageVariableOverrides": {"v": "2"}, "useStageCache": True},
    )["id"]
    stage = api.client.get_stage(restApiId=api.id, stageName="dev")
    assert stage["deploymentId"] == first
    overrides = {"v": "2"}
    assert stage["canarySettings"] == {
        "percentTraffic": 10.0,
        "deploymentId": second,
        "stageVariableOverrides": overrides,
        "useStageCache": True,
    }
    canary = update(
        api,
        "dev",
        patch("replace", "/canarySettings/percentTraffic", "50"),
        patch("replace", "/canarySettings/useStageCache", "false"),
        patch("replace", "/canarySettings/stageVariableOverrides/w", "3"),
    )["canarySettings"]
    assert canary["percentTraffic"] == 50.0 and canary["stageVariableOverrides"] == {"v": "2", "w": "3"}
    promoted = update(
        api,
        "dev",
        patch("copy", "/deploymentId", source="/canarySettings/deploymentId"),
        patch("copy", "/variables", source="/canarySettings/stageVariableOverrides"),
        patch("remove", "/canarySettings"),
    )
    assert promoted["deploymentId"] == second and promoted["variables"] == {"v": "2", "w": "3"}
    assert "canarySettings" not in promoted
    assert refused(api, patch("replace", "/canarySettings/percentTraffic", "101"))
    assert refused(api, patch("copy", "/deploymentId", source="/canarySettings/deploymentId"))


def test_caches_are_flushed_of_stages_that_are_there(api: Api) -> None:
    api.deploy("dev")
    for flush in (api.client.flush_stage_cache, api.client.flush_stage_authorizers_cache):
        assert flush(restApiId=api.id, stageName="dev")["ResponseMetadata"]["HTTPStatusCode"] == 202
        assert refusal(flush, restApiId=api.id, stageName="no")[0] == "NotFoundException"


def test_an_api_has_ten_stages_at_most_and_plans_lose_those_that_go(api: Api) -> None:
    deployment = api.deploy()
    for number in range(10):
        api.client.create_stage(restApiId=api.id, stageName=f"s{number}", deploymentId=deployment)
    code, message = refusal(api.client.create_stage, restApiId=api.id, stageName="s10", deploymentId=deployment)
    assert code == "LimitExceededException" and message.startswith("Maximum number of Stages for this API")
    assert refusal(api.client.create_deployment, restApiId=api.id, stageName="s10")[0] == "LimitExceededException"
    stages = [{"apiId": api.id, "stage": name} for name in ("s0", "s1")]
    plan = api.client.create_usage_plan(name="p", apiStages=stages)["id"]
    api.client.delete_stage(restApiId=api.id, stageName="s0")
    assert api.client.get_usage_plan(usagePlanId=plan)["apiStages"] == [stages[1]]
    api.client.delete_rest_api(restApiId=api.id)
    assert api.client.get_usage_plan(usagePlanId=plan)["apiStages"] == []
