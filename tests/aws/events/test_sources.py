"""What other services tell EventBridge."""

import json

ENVELOPE = {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}


def test_a_bucket_tells_of_its_objects(aws, events, queue, rule, taken):
    s3, bucket = aws.client("s3"), aws.unique("bucket")
    s3.create_bucket(Bucket=bucket)
    arn, url = queue()
    rule("r", {"Arn": arn}, pattern={"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}})
    s3.put_object(Bucket=bucket, Key="before", Body=b"x")
    configuration = {"EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)
    s3.put_object(Bucket=bucket, Key="a b", Body=b"1234")
    s3.delete_object(Bucket=bucket, Key="a b")
    bodies = [json.loads(message["Body"]) for message in taken(url)]
    created, deleted = sorted(bodies, key=lambda event: event["detail-type"])
    assert (created["detail-type"], deleted["detail-type"]) == ("Object Created", "Object Deleted")
    assert created["resources"] == [f"arn:aws:s3:::{bucket}"]
    assert created["account"] == aws.account
    changed = created["detail"]["object"]
    assert (changed["key"], changed["size"], changed["etag"]) == ("a b", 4, "81dc9bdb52d04dc20036dbd8313ed055")
    assert created["detail"]["reason"] == "PutObject"
    assert deleted["detail"]["deletion-type"] == "Permanently Deleted"
    assert created.keys() == deleted.keys() == ENVELOPE
    assert changed.keys() == {"key", "size", "etag", "sequencer"}
    assert created["detail"].keys() == {
        *("version", "bucket", "object", "request-id", "requester", "source-ip-address", "reason")
    }
    assert (created["detail"]["version"], created["detail"]["bucket"]) == ("0", {"name": bucket})


def test_an_alarm_tells_of_its_state(aws, events, queue, rule, taken):
    arn, url = queue()
    rule("r", {"Arn": arn}, pattern={"detail-type": ["CloudWatch Alarm State Change"]})
    metrics = aws.client("cloudwatch")
    metrics.put_metric_alarm(
        AlarmName="a",
        Namespace="n",
        MetricName="m",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    metrics.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="because")
    (message,) = taken(url)
    event = json.loads(message["Body"])
    assert event["source"] == "aws.cloudwatch"
    assert event["resources"] == [f"arn:aws:cloudwatch:us-east-1:{aws.account}:alarm:a"]
    assert event["detail"]["alarmName"] == "a"
    assert event["detail"]["state"]["value"] == "ALARM"
    assert event["detail"]["previousState"]["value"] == "INSUFFICIENT_DATA"
    (metric,) = event["detail"]["configuration"]["metrics"]
    assert len(metric.pop("id")) == 36
    assert metric == {
        "metricStat": {"metric": {"namespace": "n", "name": "m", "dimensions": {}}, "period": 60, "stat": "Sum"},
        "returnData": True,
    }
    assert event.keys() == ENVELOPE


def test_a_stack_tells_of_its_status(aws, events, queue, rule, taken):
    arn, url = queue()
    rule("r", {"Arn": arn}, pattern={"detail-type": ["CloudFormation Stack Status Change"]})
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    stack = aws.client("cloudformation").create_stack(StackName="s", TemplateBody=json.dumps(template))["StackId"]
    bodies = [json.loads(message["Body"]) for message in taken(url)]
    assert {body["detail"]["status-details"]["status"] for body in bodies} == {"CREATE_IN_PROGRESS", "CREATE_COMPLETE"}
    assert {body["detail"]["stack-id"] for body in bodies} == {stack}
    assert all(body["resources"] == [stack] and body["source"] == "aws.cloudformation" for body in bodies)


def test_an_alarm_tells_of_its_configuration(aws, events, queue, rule, taken):
    arn, url = queue()
    rule("r", {"Arn": arn}, pattern={"detail-type": ["CloudWatch Alarm Configuration Change"]})
    metrics = aws.client("cloudwatch")
    alarm = {
        "AlarmName": "a",
        "Namespace": "n",
        "MetricName": "m",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    metrics.put_metric_alarm(**alarm, Threshold=1, AlarmDescription="first")
    (created,) = [json.loads(message["Body"]) for message in taken(url)]
    assert (created["source"], created["detail"]["operation"]) == ("aws.cloudwatch", "create")
    assert created["resources"] == [f"arn:aws:cloudwatch:us-east-1:{aws.account}:alarm:a"]
    assert created["detail"]["state"]["value"] == "INSUFFICIENT_DATA"
    first = created["detail"]["configuration"]
    assert (first["threshold"], first["description"], first["actionsEnabled"]) == (1, "first", True)
    assert first["alarmActions"] == first["okActions"] == first["insufficientDataActions"] == []
    metrics.put_metric_alarm(**alarm, Threshold=2)
    (updated,) = [json.loads(message["Body"]) for message in taken(url)]
    assert (updated["detail"]["operation"], updated["detail"]["configuration"]["threshold"]) == ("update", 2)
    assert updated["detail"]["previousConfiguration"] == first
    metrics.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a)")
    (composite,) = [json.loads(message["Body"]) for message in taken(url)]
    assert composite["detail"]["configuration"]["alarmRule"] == "ALARM(a)"
    metrics.delete_alarms(AlarmNames=["c"])
    (deleted,) = [json.loads(message["Body"]) for message in taken(url)]
    assert (deleted["detail"]["operation"], deleted["detail"]["alarmName"]) == ("delete", "c")
    assert "previousConfiguration" not in deleted["detail"]
