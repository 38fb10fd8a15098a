"""REST APIs' control plane: API keys, usage plans and usage."""

import pytest

from rest_control import Api, make_api, patch, refusal
from serein.testing import Serein

VALUE = "a-value-of-at-least-20-characters"


@pytest.fixture
def api(aws: Serein) -> Api:
    made = make_api(aws)
    made.mock()
    made.deploy("dev")
    return made


def test_a_key_is_made_hidden_shown_patched_and_deleted(aws: Serein) -> None:
    client = aws.client("apigateway")
    made = client.create_api_key(name="k", value=VALUE, enabled=True, customerId="c", tags={"a": "b"})
    assert made["value"] == VALUE and made["stageKeys"] == []
    assert "value" not in client.get_api_key(apiKey=made["id"])
    assert client.get_api_key(apiKey=made["id"], includeValue=True)["value"] == VALUE
    assert refusal(client.create_api_key, value=VALUE) == ("ConflictException", "API Key already exists")
    short = "API Key value should be at least 20 characters"
    assert refusal(client.create_api_key, value="short") == ("BadRequestException", short)
    assert refusal(client.create_api_key, value="x" * 129)[0] == "BadRequestException"
    patches = [patch("replace", "/enabled", "false"), patch("replace", "/description", "d")]
    changed = client.update_api_key(apiKey=made["id"], patchOperations=patches)
    assert changed["enabled"] is False and changed["description"] == "d"
    bad = [patch("replace", "/value", "x")]
    assert refusal(client.update_api_key, apiKey=made["id"], patchOperations=bad)[1] == "Invalid patch path /value"
    client.delete_api_key(apiKey=made["id"])
    missing = ("NotFoundException", "Invalid API Key identifier specified")
    assert refusal(client.get_api_key, apiKey=made["id"]) == missing


def test_keys_are_listed_by_name_and_customer(aws: Serein) -> None:
    client = aws.client("apigateway")
    for name, customer in (("ab", "x"), ("ac", "y"), ("b", "x")):
        client.create_api_key(name=name, customerId=customer)
    same = client.create_api_key(value=VALUE, generateDistinctId=False)
    assert same["id"] == VALUE
    assert {key["name"] for key in client.get_api_keys(nameQuery="a")["items"]} == {"ab", "ac"}
    assert {key["name"] for key in client.get_api_keys(customerId="x", includeValues=True)["items"]} == {"ab", "b"}
    assert all(key["value"] for key in client.get_api_keys(includeValues=True)["items"])


def test_keys_are_imported_from_a_table(aws: Serein) -> None:
    client = aws.client("apigateway")
    plan = client.create_usage_plan(name="p")["id"]
    table = (
        f'Name,key,description,Enabled,usageplanIds,other\none,{VALUE}1,"a, b",TRUE,{plan},x\ntwo,{VALUE}2,,false,no,\n'
    )
    done = client.import_api_keys(body=table.encode(), format="csv")
    assert len(done["ids"]) == 2 and len(done["warnings"]) == 2
    first = client.get_api_key(apiKey=done["ids"][0], includeValue=True)
    assert (first["name"], first["value"], first["enabled"]) == ("one", f"{VALUE}1", True)
    assert first["description"] == "a, b"
    assert [key["name"] for key in client.get_usage_plan_keys(usagePlanId=plan)["items"]] == ["one"]
    code, _ = refusal(client.import_api_keys, body=table.encode(), format="csv", failOnWarnings=True)
    assert code == "BadRequestException"
    for body in (b"a,b\n1,2", b"\xff\xfe"):
        assert refusal(client.import_api_keys, body=body, format="csv")[0] == "BadRequestException"


def test_a_plan_is_made_patched_and_deleted_without_stages_only(api: Api) -> None:
    made = api.client.create_usage_plan(
        name="p",
        apiStages=[{"apiId": api.id, "stage": "dev", "throttle": {"/pets/GET": {"rateLimit": 1.0, "burstLimit": 2}}}],
        throttle={"rateLimit": 5.0, "burstLimit": 10},
        quota={"limit": 100, "period": "MONTH", "offset": 1},
    )
    plan = made["id"]
    assert made["quota"] == {"limit": 100, "period": "MONTH", "offset": 1}
    stage = f"{api.id}:dev"
    changed = api.client.update_usage_plan(
        usagePlanId=plan,
        patchOperations=[
            patch("replace", "/name", "q"),
            patch("replace", "/throttle/rateLimit", "7.5"),
            patch("replace", "/quota/period", "DAY"),
            patch("replace", "/quota/offset", "0"),
            patch("replace", f"/apiStages/{stage}/throttle/~1toys~1{{id}}/POST/rateLimit", "3"),
            patch("remove", f"/apiStages/{stage}/throttle/~1pets/GET"),
        ],
    )
    assert changed["name"] == "q" and changed["throttle"] == {"rateLimit": 7.5, "burstLimit": 10}
    assert changed["quota"]["period"] == "DAY"
    assert changed["apiStages"][0]["throttle"] == {"/toys/{id}/POST": {"burstLimit": 0, "rateLimit": 3.0}}
    assert refusal(api.client.delete_usage_plan, usagePlanId=plan)[0] == "BadRequestException"
    removed = [patch("remove", "/apiStages", stage), patch("remove", "/throttle"), patch("remove", "/quota")]
    bare = api.client.update_usage_plan(usagePlanId=plan, patchOperations=removed)
    assert bare["apiStages"] == [] and "throttle" not in bare and "quota" not in bare
    api.client.delete_usage_plan(usagePlanId=plan)
    assert refusal(api.client.get_usage_plan, usagePlanId=plan) == (
        "NotFoundException",
        "Invalid Usage Plan ID specified",
    )


def test_a_plan_refuses_what_cannot_be(api: Api) -> None:
    create = api.client.create_usage_plan
    missing = [{"apiId": api.id, "stage": "no"}]
    assert refusal(create, name="p", apiStages=missing) == ("NotFoundException", f"API Stage not found: {api.id}:no")
    for settings in (
        {"name": " "},
        {"name": "p", "quota": {"limit": 0, "period": "DAY"}},
        {"name": "p", "quota": {"limit": 1}},
        {"name": "p", "quota": {"limit": 1, "period": "WEEK", "offset": 7}},
        {"name": "p", "throttle": {"rateLimit": -1.0}},
    ):
        assert refusal(create, **settings)[0] == "BadRequestException"


def test_a_key_has_one_plan_for_a_stage(api: Api) -> None:
    stages = [{"apiId": api.id, "stage": "dev"}]
    first, second = (api.client.create_usage_plan(name=name, apiStages=stages)["id"] for name in "pq")
    key = api.client.create_api_key(name="k", enabled=True)
    made = api.client.create_usage_plan_key(usagePlanId=first, keyId=key["id"], keyType="API_KEY")
    assert made == {**made, "id": key["id"], "type": "API_KEY", "value": key["value"], "name": "k"}
    for plan in (first, second):
        code, _ = refusal(api.client.create_usage_plan_key, usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
        assert code == "ConflictException"
    assert [plan["id"] for plan in api.client.get_usage_plans(keyId=key["id"])["items"]] == [first]
    assert api.client.get_usage_plan_key(usagePlanId=first, keyId=key["id"])["id"] == key["id"]
    api.client.delete_usage_plan_key(usagePlanId=first, keyId=key["id"])
    for call in (api.client.get_usage_plan_key, api.client.delete_usage_plan_key):
        assert refusal(call, usagePlanId=first, keyId=key["id"])[0] == "NotFoundException"


def test_usage_shows_what_remains_and_more_is_granted(api: Api) -> None:
    plan = api.client.create_usage_plan(name="p", quota={"limit": 10, "period": "DAY"})["id"]
    key = api.client.create_api_key(name="k")["id"]
    api.client.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    place = {"usagePlanId": plan, "keyId": key}
    granted = api.client.update_usage(**place, patchOperations=[patch("replace", "/remaining", "25")])
    assert granted["items"][key] == [[0, 25]]
    today = granted["startDate"]
    shown = api.client.get_usage(usagePlanId=plan, startDate=today, endDate=today)
    assert shown["items"] == {key: [[0, 25]]}
    past = api.client.get_usage(**place, startDate="2020-01-01", endDate="2020-01-03")
    assert past["items"][key] == [[0, 10]] * 3
    for start, end in (("2020-01-02", "2020-01-01"), ("2020-01-01", "2021-01-01"), ("today", "tomorrow")):
        assert refusal(api.client.get_usage, usagePlanId=plan, startDate=start, endDate=end)[0] == "BadRequestException"
    assert refusal(api.client.update_usage, **place, patchOperations=[patch("replace", "/used", "1")])
