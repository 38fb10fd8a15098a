"""Scheduled rules, by the platform's clock."""

import json
from datetime import UTC, datetime, timedelta


def test_a_week_sees_exactly_the_due_events_in_order(aws, events, queue, rule, taken):
    arn, url = queue(MessageRetentionPeriod=str(14 * 86_400))
    daily = rule("daily", {"Arn": arn}, ScheduleExpression="cron(30 9 ? * MON-FRI *)")
    rule("often", {"Arn": arn, "Input": '"often"'}, ScheduleExpression="rate(2 days)")
    rule("off", {"Arn": arn}, ScheduleExpression="rate(1 hour)", State="DISABLED")
    start = datetime.fromtimestamp(aws.clock.now(), UTC)
    aws.advance(7 * 86_400)
    found = sorted(taken(url), key=lambda message: int(message["Attributes"]["SentTimestamp"]))
    bodies = [json.loads(message["Body"]) for message in found]
    assert bodies.count("often") == 3
    days = [start.date() + timedelta(days=number) for number in range(9)]
    moments = [datetime(day.year, day.month, day.day, 9, 30, tzinfo=UTC) for day in days if day.weekday() < 5]
    due = [moment for moment in moments if start < moment <= start + timedelta(days=7)]
    told = [body for body in bodies if body != "often"]
    assert [event["time"] for event in told] == [moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in due]
    assert told[0]["source"] == "aws.events"
    assert told[0]["detail-type"] == "Scheduled Event"
    assert told[0]["resources"] == [daily]
    assert told[0]["detail"] == {}


def test_a_schedule_that_is_changed_or_stopped_counts_anew(aws, events, queue, rule, taken):
    arn, url = queue()
    rule("r", {"Arn": arn}, ScheduleExpression="rate(1 hour)")
    aws.advance(1800)
    rule("r", ScheduleExpression="rate(2 hours)")
    aws.advance(3600)
    assert taken(url) == []
    aws.advance(3600)
    assert len(taken(url)) == 1
    events.disable_rule(Name="r")
    aws.advance(86_400)
    assert taken(url) == []
    events.enable_rule(Name="r")
    aws.advance(2 * 3600)
    assert len(taken(url)) == 1
