"""Changes of billing modes, provisioned throughput, maxima and warm throughput, by AWS's rules."""

from typing import Any

from tests.aws.dynamodb.conftest import index, make_table, refusal

INVALID = "One or more parameter values were invalid: "
PROVISIONED = "PROVISIONED"
ON_DEMAND = "PAY_PER_REQUEST"


def units(read: int, write: int) -> dict[str, int]:
    return {"ReadCapacityUnits": read, "WriteCapacityUnits": write}


def warm(read: int, write: int) -> dict[str, int]:
    return {"ReadUnitsPerSecond": read, "WriteUnitsPerSecond": write}


def provisioned(client: Any, read: int = 10, write: int = 10, **options: Any) -> None:
    make_table(client, "orders", BillingMode=PROVISIONED, ProvisionedThroughput=units(read, write), **options)


def throughput(client: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.describe_table(TableName="orders")["Table"]["ProvisionedThroughput"]
    return found


def lower(client: Any, read: int) -> None:
    client.update_table(TableName="orders", ProvisionedThroughput=units(read, 10))


def test_throughput_is_lowered_four_times_a_day_and_then_once_an_hour(aws: Any, dynamodb: Any) -> None:
    provisioned(dynamodb)
    aws.advance(86_400 - aws.clock.now() % 86_400 + 7 * 3600)
    for read in (9, 8, 7, 6):
        lower(dynamodb, read)
    assert throughput(dynamodb)["NumberOfDecreasesToday"] == 4
    code, message = refusal(lower, client=dynamodb, read=5)
    assert code == "LimitExceededException"
    assert message.startswith(
        "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After the "
        "first 4 decreases, each subsequent decrease in the same UTC day can be performed at most once every 3600 "
        "seconds. Number of decreases today: 4. Last decrease at "
    )
    assert " at 7:00:00 AM Coordinated Universal Time. Next decrease can be made at " in message
    lower(dynamodb, 20)
    aws.advance(3600)
    lower(dynamodb, 5)
    assert refusal(lower, client=dynamodb, read=4)[0] == "LimitExceededException"
    aws.advance(86_400)
    assert throughput(dynamodb)["NumberOfDecreasesToday"] == 0
    lower(dynamodb, 4)
    assert throughput(dynamodb)["NumberOfDecreasesToday"] == 1


def test_each_index_has_decreases_of_its_own(dynamodb: Any) -> None:
    by_g = {**index("by-g", "g"), "ProvisionedThroughput": units(10, 10)}
    provisioned(dynamodb, attributes={"g": "S"}, GlobalSecondaryIndexes=[by_g])
    for read in (9, 8, 7, 6):
        lower(dynamodb, read)
    update = {"IndexName": "by-g", "ProvisionedThroughput": units(1, 1)}
    dynamodb.update_table(TableName="orders", GlobalSecondaryIndexUpdates=[{"Update": update}])
    (described,) = dynamodb.describe_table(TableName="orders")["Table"]["GlobalSecondaryIndexes"]
    assert described["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 1
    assert described["ProvisionedThroughput"]["ReadCapacityUnits"] == 1


def test_a_table_is_switched_to_on_demand_four_times_a_day(aws: Any, dynamodb: Any) -> None:
    provisioned(dynamodb)

    def switch(billing: str) -> None:
        more = {"ProvisionedThroughput": units(10, 10)} if billing == PROVISIONED else {}
        dynamodb.update_table(TableName="orders", BillingMode=billing, **more)

    for _ in range(4):
        switch(ON_DEMAND)
        switch(PROVISIONED)
    code, message = refusal(switch, billing=ON_DEMAND)
    assert code == "LimitExceededException"
    assert message.startswith("Subscriber limit exceeded: Update to PayPerRequest mode are limited to 4 times in 1 day")
    switch_again = {"TableName": "orders", "ProvisionedThroughput": units(11, 11)}
    dynamodb.update_table(**switch_again)
    aws.advance(86_400)
    switch(ON_DEMAND)


def test_a_maximum_is_for_on_demand_tables(dynamodb: Any) -> None:
    most = {"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 6}
    refused = refusal(
        make_table,
        client=dynamodb,
        name="orders",
        BillingMode=PROVISIONED,
        ProvisionedThroughput=units(1, 1),
        OnDemandThroughput=most,
    )
    reason = "OnDemandThroughput cannot be specified when BillingMode is PROVISIONED"
    assert refused == ("ValidationException", INVALID + reason)
    provisioned(dynamodb)
    update = {"TableName": "orders", "OnDemandThroughput": most}
    assert refusal(dynamodb.update_table, **update) == ("ValidationException", INVALID + reason)
    dynamodb.update_table(BillingMode=ON_DEMAND, **update)
    assert dynamodb.describe_table(TableName="orders")["Table"]["OnDemandThroughput"] == most
    one = {"TableName": "orders", "OnDemandThroughput": {"MaxReadRequestUnits": -1}}
    dynamodb.update_table(**one)
    shown = dynamodb.describe_table(TableName="orders")["Table"]["OnDemandThroughput"]
    assert shown == {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": 6}
    one["OnDemandThroughput"] = {"MaxReadRequestUnits": 0}
    assert refusal(dynamodb.update_table, **one)[0] == "ValidationException"
    dynamodb.update_table(TableName="orders", BillingMode=PROVISIONED, ProvisionedThroughput=units(1, 1))
    assert "OnDemandThroughput" not in dynamodb.describe_table(TableName="orders")["Table"]


def test_warm_throughput_is_only_raised(dynamodb: Any) -> None:
    make_table(dynamodb, "orders", attributes={"g": "S"}, GlobalSecondaryIndexes=[index("by-g", "g")])

    def shown() -> tuple[dict[str, Any], dict[str, Any]]:
        table = dynamodb.describe_table(TableName="orders")["Table"]
        return table["WarmThroughput"], table["GlobalSecondaryIndexes"][0]["WarmThroughput"]

    default = {**warm(12_000, 4_000), "Status": "ACTIVE"}
    assert shown() == (default, default)
    dynamodb.update_table(TableName="orders", WarmThroughput={"ReadUnitsPerSecond": 15_000})
    assert shown() == ({**warm(15_000, 4_000), "Status": "ACTIVE"}, default)
    update = {"IndexName": "by-g", "WarmThroughput": warm(12_000, 5_000)}
    dynamodb.update_table(TableName="orders", GlobalSecondaryIndexUpdates=[{"Update": update}])
    assert shown()[1] == {**warm(12_000, 5_000), "Status": "ACTIVE"}
    less = {"TableName": "orders", "WarmThroughput": warm(14_000, 4_000)}
    assert refusal(dynamodb.update_table, **less) == (
        "ValidationException",
        INVALID + "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than current WarmThroughput, "
        "decreasing WarmThroughput is not supported",
    )
    made = {"client": dynamodb, "name": "cold", "WarmThroughput": warm(1, 1)}
    assert refusal(make_table, **made)[0] == "ValidationException"
    make_table(dynamodb, "hot", WarmThroughput=warm(20_000, 20_000))
    assert dynamodb.describe_table(TableName="hot")["Table"]["WarmThroughput"]["ReadUnitsPerSecond"] == 20_000


def test_units_of_an_index_need_a_provisioned_table(dynamodb: Any) -> None:
    make_table(dynamodb, "orders", attributes={"g": "S"}, GlobalSecondaryIndexes=[index("by-g", "g")])
    update = {"IndexName": "by-g", "ProvisionedThroughput": units(1, 1)}
    refused = refusal(dynamodb.update_table, TableName="orders", GlobalSecondaryIndexUpdates=[{"Update": update}])
    assert refused == (
        "ValidationException",
        INVALID + "ProvisionedThroughput should not be specified for index: by-g when BillingMode is PAY_PER_REQUEST",
    )
