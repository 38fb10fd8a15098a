"""Activities: their operations."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import Aws


@pytest.fixture
def states(aws: Aws) -> Any:
    return aws.client("stepfunctions")


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    told = error.value.response["Error"]
    return told["Code"], told["Message"]


def test_an_activity_is_created_once(aws: Aws, states: Any) -> None:
    made = states.create_activity(name="approve", tags=[{"key": "team", "value": "a"}])
    assert made["activityArn"] == f"arn:aws:states:{aws.region}:{aws.account}:activity:approve"
    again = states.create_activity(name="approve", tags=[{"key": "team", "value": "b"}])
    assert (again["activityArn"], again["creationDate"]) == (made["activityArn"], made["creationDate"])
    described = states.describe_activity(activityArn=made["activityArn"])
    assert (described["name"], described["creationDate"]) == ("approve", made["creationDate"])


def test_another_encryption_makes_another_activity(states: Any) -> None:
    states.create_activity(name="approve")
    with pytest.raises(ClientError) as error:
        states.create_activity(name="approve", encryptionConfiguration={"type": "AWS_OWNED_KEY"})
    assert refusal(error)[0] == "ActivityAlreadyExists"


def test_an_activity_shows_its_encryption(states: Any) -> None:
    key = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "alias/k"}
    arn = states.create_activity(name="secret", encryptionConfiguration=key)["activityArn"]
    shown = states.describe_activity(activityArn=arn)["encryptionConfiguration"]
    assert shown == {**key, "kmsDataKeyReusePeriodSeconds": 300}


@pytest.mark.parametrize("name", ["with space", "a/b", "x?"])
def test_an_activity_needs_a_name_that_may_be_one(states: Any, name: str) -> None:
    with pytest.raises(ClientError) as error:
        states.create_activity(name=name)
    assert refusal(error) == ("InvalidName", f"Invalid Name: '{name}'")


def test_too_many_tags_are_refused(states: Any) -> None:
    tags = [{"key": f"k{number}", "value": "v"} for number in range(51)]
    with pytest.raises(ClientError) as error:
        states.create_activity(name="tagged", tags=tags)
    assert refusal(error)[0] == "TooManyTags"


def test_activities_are_listed_by_pages(states: Any) -> None:
    for name in ("c", "a", "b"):
        states.create_activity(name=name)
    page = states.list_activities(maxResults=2)
    assert [each["name"] for each in page["activities"]] == ["a", "b"]
    rest = states.list_activities(maxResults=2, nextToken=page["nextToken"])
    assert [each["name"] for each in rest["activities"]] == ["c"]
    assert "nextToken" not in rest
    with pytest.raises(ClientError) as error:
        states.list_activities(nextToken="nonsense")
    assert refusal(error)[0] == "InvalidToken"


def test_a_deleted_activity_is_gone_and_may_be_deleted_again(states: Any) -> None:
    arn = states.create_activity(name="gone")["activityArn"]
    states.delete_activity(activityArn=arn)
    states.delete_activity(activityArn=arn)
    assert states.list_activities()["activities"] == []
    for ask in (states.describe_activity, states.get_activity_task):
        with pytest.raises(ClientError) as error:
            ask(activityArn=arn)
        assert refusal(error) == ("ActivityDoesNotExist", f"Activity does not exist: '{arn}'")


@pytest.mark.parametrize("arn", ["nonsense", "arn:aws:states:us-east-1:123456789012:stateMachine:m"])
def test_an_arn_must_be_that_of_an_activity(states: Any, arn: str) -> None:
    for ask in (states.describe_activity, states.delete_activity, states.get_activity_task):
        with pytest.raises(ClientError) as error:
            ask(activityArn=arn)
        assert refusal(error)[0] == "InvalidArn"
