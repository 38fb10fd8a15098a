"""Contributor insights, which are kept and shown."""

from typing import Any

from tests.aws.dynamodb.conftest import index, make_table, refusal


def switch(client: Any, action: str = "ENABLE", **members: Any) -> dict[str, Any]:
    members.setdefault("TableName", "orders")
    reply = client.update_contributor_insights(ContributorInsightsAction=action, **members)
    reply.pop("ResponseMetadata")
    return dict(reply)


def test_insights_are_switched_on_and_off(dynamodb: Any) -> None:
    make_table(dynamodb, "orders", range_key="sk:S", attributes={"g": "S"}, GlobalSecondaryIndexes=[index("by-g", "g")])
    described = dynamodb.describe_contributor_insights(TableName="orders")
    assert described["ContributorInsightsStatus"] == "DISABLED"
    assert switch(dynamodb) == {
        "TableName": "orders",
        "ContributorInsightsStatus": "ENABLING",
        "ContributorInsightsMode": "ACCESSED_AND_THROTTLED_KEYS",
    }
    described = dynamodb.describe_contributor_insights(TableName="orders")
    assert described["ContributorInsightsStatus"] == "ENABLED"
    assert [rule.split("-")[1] for rule in described["ContributorInsightsRuleList"]] == ["PKC", "PKT", "SKC", "SKT"]
    throttled = switch(dynamodb, IndexName="by-g", ContributorInsightsMode="THROTTLED_KEYS")
    assert (throttled["IndexName"], throttled["ContributorInsightsMode"]) == ("by-g", "THROTTLED_KEYS")
    described = dynamodb.describe_contributor_insights(TableName="orders", IndexName="by-g")
    assert described["ContributorInsightsMode"] == "THROTTLED_KEYS"
    assert len(described["ContributorInsightsRuleList"]) == 1
    assert switch(dynamodb, "DISABLE")["ContributorInsightsStatus"] == "DISABLING"
    described = dynamodb.describe_contributor_insights(TableName="orders")
    assert described["ContributorInsightsStatus"] == "DISABLED"
    assert "ContributorInsightsRuleList" not in described


def test_insights_are_listed_page_by_page(dynamodb: Any) -> None:
    for name in ("one", "three", "two"):
        make_table(dynamodb, name, attributes={"g": "S"}, GlobalSecondaryIndexes=[index("by-g", "g")])
        switch(dynamodb, TableName=name)
    switch(dynamodb, TableName="two", IndexName="by-g")
    found, more = [], {}
    while True:
        page = dynamodb.list_contributor_insights(MaxResults=3, **more)
        found += [(one["TableName"], one.get("IndexName")) for one in page["ContributorInsightsSummaries"]]
        if "NextToken" not in page:
            break
        more = {"NextToken": page["NextToken"]}
    assert found == [("one", None), ("three", None), ("two", None), ("two", "by-g")]
    of_two = dynamodb.list_contributor_insights(TableName="two")["ContributorInsightsSummaries"]
    assert [one["ContributorInsightsStatus"] for one in of_two] == ["ENABLED", "ENABLED"]
    dynamodb.delete_table(TableName="two")
    assert len(dynamodb.list_contributor_insights()["ContributorInsightsSummaries"]) == 2


def test_insights_of_what_there_isn_t_are_refused(dynamodb: Any) -> None:
    make_table(dynamodb, "orders")
    missing = "ResourceNotFoundException"
    enable = {"ContributorInsightsAction": "ENABLE"}
    assert refusal(dynamodb.update_contributor_insights, TableName="nothing", **enable)[0] == missing
    assert refusal(dynamodb.describe_contributor_insights, TableName="nothing")[0] == missing
    assert refusal(dynamodb.list_contributor_insights, TableName="nothing")[0] == missing
    by_g = {"TableName": "orders", "IndexName": "by-g"}
    assert refusal(dynamodb.describe_contributor_insights, **by_g)[0] == missing
    wrong = {"TableName": "orders", "ContributorInsightsAction": "PERHAPS"}
    assert refusal(dynamodb.update_contributor_insights, **wrong)[0] == "ValidationException"
    assert refusal(dynamodb.list_contributor_insights, NextToken="x") == ("ValidationException", "Invalid NextToken")
    assert refusal(dynamodb.list_contributor_insights, MaxResults=101)[0] == "ValidationException"
