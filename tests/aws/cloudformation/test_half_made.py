"""Resources whose first call succeeds and a later one fails: what takes the operation back leaves nothing of them."""

import json

import jmespath
import pytest

from tests.aws.cloudformation.half_made import CASES, LISTS, base_template

NAMED = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}


def template(cases, *, is_wrong=False, **attributes):
    resources = {
        name: {"Type": f"AWS::{it.type}", "Properties": it.properties | (it.wrong if is_wrong else {}), **attributes}
        for name, it in cases.items()
    }
    return json.dumps({"Resources": resources})


def topic(name, *, is_wrong=False, **attributes):
    return template({"Topic": CASES["Topic"]._replace(properties={"TopicName": name})}, is_wrong=is_wrong, **attributes)


def what_is_there(aws):
    """What each service lists, and what the policies of a topic and a queue are."""
    clients = {service: aws.client(service) for service in {it[0] for it in LISTS} | {"sqs"}}
    found = {
        (service, operation): sorted(jmespath.search(path, getattr(clients[service], operation)(**request)) or [])
        for service, operation, path, request in LISTS
    }
    arn = next(it for it in found["sns", "list_topics"] if it.endswith(":base"))
    found["topic"] = clients["sns"].get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"]
    url = clients["sqs"].get_queue_url(QueueName="base")["QueueUrl"]
    found["queue"] = clients["sqs"].get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes")
    gateway = clients["apigateway"]
    apis = {it["name"]: it["id"] for it in gateway.get_rest_apis()["items"]}
    found["stages"] = sorted(it["stageName"] for it in gateway.get_stages(restApiId=apis["base"])["item"])
    found["deployments"] = sorted(it["id"] for it in gateway.get_deployments(restApiId=apis["base"])["items"])
    found["methods"] = [it.get("resourceMethods") for it in gateway.get_resources(restApiId=apis["other"])["items"]]
    return found


def events_of(stacks, name):
    """All events, from the first to the last."""
    pages = stacks.client.get_paginator("describe_stack_events").paginate(StackName=name)
    return [event for page in pages for event in page["StackEvents"]][::-1]


def told(stacks, name):
    """(logical id, status) and physical id of all events."""
    return [
        ((it["LogicalResourceId"], it["ResourceStatus"]), it.get("PhysicalResourceId", ""))
        for it in events_of(stacks, name)
    ]


def reasons(stacks, name):
    """Why resources could not be made."""
    return [it["ResourceStatusReason"] for it in events_of(stacks, name) if it["ResourceStatus"] == "CREATE_FAILED"]


def topics(aws):
    return sorted(it["TopicArn"].rpartition(":")[2] for it in aws.client("sns").list_topics()["Topics"])


def test_of_every_type_nothing_is_left_and_the_corrected_stack_is_made(aws, stacks):
    assert stacks.create("base", json.dumps(base_template()), **NAMED)["StackStatus"] == "CREATE_COMPLETE"
    before = what_is_there(aws)
    failed = stacks.create("half", template(CASES, is_wrong=True), **NAMED)
    assert failed["StackStatus"] == "ROLLBACK_COMPLETE"
    events = told(stacks, "half")
    physical = dict(events)
    for name in CASES:
        began = physical.get((name, "CREATE_FAILED"))
        assert began, f"{name} did not fail in a later call"
        assert physical[name, "DELETE_COMPLETE"] == began
        assert [it for it in events if it[0][0] == name][1] == ((name, "CREATE_IN_PROGRESS"), began)
    assert what_is_there(aws) == before
    stacks.delete("half")
    made = stacks.create("half", template(CASES), **NAMED)
    assert made["StackStatus"] == "CREATE_COMPLETE", reasons(stacks, "half")
    assert what_is_there(aws) != before


def test_a_half_made_replacement_goes_and_the_old_resource_stays(aws, stacks):
    stacks.create("app", topic("one"))
    old = stacks.physical_ids("app")["Topic"]
    assert stacks.update("app", topic("two", is_wrong=True))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert (topics(aws), stacks.physical_ids("app")["Topic"]) == (["one"], old)
    new = old.replace(":one", ":two")
    assert (("Topic", "UPDATE_FAILED"), new) in told(stacks, "app")
    assert (("Topic", "DELETE_COMPLETE"), new) in told(stacks, "app")
    assert stacks.update("app", topic("two"))["StackStatus"] == "UPDATE_COMPLETE"
    assert topics(aws) == ["two"]


def test_what_stays_half_made_is_replaced_by_the_next_update(aws, stacks):
    kept = stacks.create("app", topic("one", is_wrong=True), DisableRollback=True)
    assert (kept["StackStatus"], topics(aws)) == ("CREATE_FAILED", ["one"])
    assert stacks.physical_ids("app")["Topic"].endswith(":one")
    assert stacks.update("app", topic("one"))["StackStatus"] == "UPDATE_COMPLETE"
    assert topics(aws) == ["one"]
    failed = stacks.update("app", topic("two", is_wrong=True), DisableRollback=True)
    assert (failed["StackStatus"], topics(aws)) == ("UPDATE_FAILED", ["one", "two"])
    again = stacks.update("app", topic("two", is_wrong=True), DisableRollback=False)
    assert (again["StackStatus"], topics(aws)) == ("UPDATE_ROLLBACK_COMPLETE", ["one"])
    stacks.update("app", topic("two", is_wrong=True), DisableRollback=True)
    assert stacks.update("app", topic("two"))["StackStatus"] == "UPDATE_COMPLETE"
    assert topics(aws) == ["two"]


@pytest.mark.parametrize(
    ("policy", "left"), [("Retain", ["one"]), ("RetainExceptOnCreate", []), ("Delete", [])], ids=str
)
def test_the_deletion_policy_decides_what_is_left_of_a_half_made_resource(aws, stacks, policy, left):
    stacks.create("app", topic("one", is_wrong=True, DeletionPolicy=policy))
    assert topics(aws) == left
    last = told(stacks, "app")[-2][0]
    assert last == ("Topic", "DELETE_SKIPPED" if left else "DELETE_COMPLETE")


def test_a_queue_that_is_somebody_elses_is_not_taken_over(aws, stacks):
    url = aws.client("sqs").create_queue(QueueName="orders")["QueueUrl"]
    body = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders"}}}}
    assert stacks.create("app", json.dumps(body))["StackStatus"] == "ROLLBACK_COMPLETE"
    expected = f"Resource of type 'AWS::SQS::Queue' with identifier '{url}' already exists."
    assert any(expected in reason for reason in reasons(stacks, "app"))
    assert aws.client("sqs").list_queues()["QueueUrls"] == [url]


def test_a_topic_or_a_rule_that_is_somebody_elses_is_not_taken_over(aws, stacks):
    aws.client("sns").create_topic(Name="one")
    aws.client("events").put_rule(Name="half", ScheduleExpression="rate(1 hour)")
    cases = {"Topic": CASES["Topic"]._replace(properties={"TopicName": "one"}), "Rule": CASES["Rule"]}
    assert stacks.create("app", template(cases, is_wrong=True))["StackStatus"] == "ROLLBACK_COMPLETE"
    arn = f"arn:aws:sns:{aws.region}:{aws.account}:one"
    expected = f"Resource of type 'AWS::SNS::Topic' with identifier '{arn}' already exists."
    assert any(expected in reason for reason in reasons(stacks, "app"))
    assert topics(aws) == ["one"]
    assert aws.client("events").describe_rule(Name="half")["ScheduleExpression"] == "rate(1 hour)"


def test_what_a_failed_update_left_is_changed_from_what_it_is(aws, stacks):
    def version(delay, subscription, last=0):
        properties = {"TopicName": "one", "DisplayName": f"after {delay}", **subscription}
        resources = {
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": delay}},
            "Topic": {"Type": "AWS::SNS::Topic", "DependsOn": "Queue", "Properties": properties},
            "Last": {"Type": "AWS::SQS::Queue", "DependsOn": "Topic", "Properties": {"DelaySeconds": last}},
        }
        return json.dumps({"Resources": resources})

    def now():
        url = stacks.physical_ids("app")["Queue"]
        queue = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"]
        topic = aws.client("sns").get_topic_attributes(TopicArn=stacks.physical_ids("app")["Topic"])["Attributes"]
        return queue["DelaySeconds"], topic["DisplayName"]

    stacks.create("app", version(5, {}))
    failed = stacks.update("app", version(9, CASES["Topic"].wrong), DisableRollback=True)
    assert (failed["StackStatus"], now()) == ("UPDATE_FAILED", ("9", "after 9"))
    assert stacks.update("app", version(5, {}, last=1))["StackStatus"] == "UPDATE_COMPLETE"
    assert now() == ("5", "after 5")


def test_a_rollback_removes_what_failed_updates_before_it_had_added(aws, stacks):
    def version(*added, is_wrong=False):
        first = CASES["Topic"]._replace(properties={"TopicName": "one"}, wrong={})
        more = {
            name: CASES["Topic"]._replace(properties={"TopicName": name}, wrong={} if name == "whole" else wrong)
            for name, wrong in added
        }
        return template({"First": first} | more, is_wrong=is_wrong)

    half = version(("whole", {}), ("half", CASES["Topic"].wrong), is_wrong=True)
    stacks.create("app", version())
    for take_back in (
        lambda: stacks.client.rollback_stack(StackName="app"),
        lambda: stacks.client.update_stack(StackName="app", TemplateBody=half.replace("half", "other")),
    ):
        assert stacks.update("app", half, DisableRollback=True)["StackStatus"] == "UPDATE_FAILED"
        assert topics(aws) == ["half", "one", "whole"]
        take_back()
        assert (stacks.rest("app")["StackStatus"], topics(aws)) == ("UPDATE_ROLLBACK_COMPLETE", ["one"])
        assert list(stacks.physical_ids("app")) == ["First"]


def test_what_was_replaced_twice_goes_back_to_the_first(aws, stacks):
    def version(name, *, is_wrong):
        first = CASES["Topic"]._replace(properties={"TopicName": name}, wrong={})
        last = CASES["Topic"]._replace(properties={"TopicName": "last"})
        resources = json.loads(template({"First": first} | ({"Last": last} if is_wrong else {}), is_wrong=True))
        if is_wrong:
            resources["Resources"]["Last"]["DependsOn"] = "First"
        return json.dumps(resources)

    stacks.create("app", version("one", is_wrong=False))
    assert stacks.update("app", version("two", is_wrong=True), DisableRollback=True)["StackStatus"] == "UPDATE_FAILED"
    assert topics(aws) == ["last", "one", "two"]
    again = stacks.update("app", version("three", is_wrong=True), DisableRollback=False)
    assert (again["StackStatus"], topics(aws)) == ("UPDATE_ROLLBACK_COMPLETE", ["one"])
    assert stacks.physical_ids("app")["First"].endswith(":one")
