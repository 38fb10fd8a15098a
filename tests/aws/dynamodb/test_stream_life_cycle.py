"""Streams that are enabled and disabled as slowly as on AWS."""

from pathlib import Path

from serein.testing import Serein, ServerProcess


def test_a_stream_goes_through_all_states_where_that_is_wanted(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data", {"clock": "virtual", "lifecycle": "realistic"})
    session = Serein(server.endpoint)
    dynamodb, streams = session.client("dynamodb"), session.client("dynamodbstreams")
    dynamodb.create_table(
        TableName="slow",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    arn = dynamodb.describe_table(TableName="slow")["Table"]["LatestStreamArn"]

    def status() -> str:
        return str(streams.describe_stream(StreamArn=arn)["StreamDescription"]["StreamStatus"])

    assert status() == "ENABLING"
    session.clock.advance(120)
    assert status() == "ENABLED"
    dynamodb.update_table(TableName="slow", StreamSpecification={"StreamEnabled": False})
    assert status() == "DISABLING"
    session.clock.advance(120)
    assert status() == "DISABLED"
    server.stop()
