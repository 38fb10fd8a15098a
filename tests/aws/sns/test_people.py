"""E-mail, text messages and push messages, and what tests can read of them."""

import json
import re
import urllib.parse
import urllib.request

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def sns(aws):
    return aws.client("sns")


@pytest.fixture
def topic(sns):
    return sns.create_topic(Name="news")["TopicArn"]


@pytest.fixture
def sent(aws):
    """Everything that left for people and phones."""

    def read(**given):
        aws.idle()
        query = urllib.parse.urlencode({"accountId": aws.account, "region": aws.region, **given})
        with urllib.request.urlopen(f"{aws.endpoint}/_aws/sns/messages?{query}") as reply:
            return json.load(reply)["messages"]

    return read


def refusal(call, **given):
    with pytest.raises(ClientError) as caught:
        call(**given)
    return caught.value.response["Error"]


def test_mail_is_confirmed_by_its_link(sns, topic, sent):
    reply = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")
    assert reply["SubscriptionArn"] == "pending confirmation"
    sns.publish(TopicArn=topic, Message="too early")
    (asked,) = sent(kind="email", recipient="a@example.com")
    link = re.search(r"http://\S+Action=ConfirmSubscription\S+", asked["message"])[0]
    with urllib.request.urlopen(link) as answer:
        assert b"<SubscriptionArn>arn:aws:sns" in answer.read()
    sns.publish(TopicArn=topic, Subject="today", Message="hello")
    _, mail = sent(kind="email")
    assert mail["subject"] == "today"
    assert mail["message"].startswith("hello\n")
    assert "Action=Unsubscribe" in mail["message"]


def test_json_mail_holds_the_notification(sns, topic, sent):
    sns.subscribe(TopicArn=topic, Protocol="email-json", Endpoint="a@example.com")
    (asked,) = sent()
    sns.confirm_subscription(TopicArn=topic, Token=json.loads(asked["message"])["Token"])
    sns.publish(TopicArn=topic, Message="hello")
    _, mail = sent()
    assert json.loads(mail["message"])["Message"] == "hello"


def test_a_phone_gets_what_is_published_to_it_and_to_its_topics(sns, topic, sent):
    sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+12065550100")
    sns.publish(TopicArn=topic, Message="to all")
    message_id = sns.publish(PhoneNumber="+12065550100", Message="to one")["MessageId"]
    messages = sent(kind="sms", recipient="+12065550100")
    assert sorted(message["message"] for message in messages) == ["to all", "to one"]
    assert message_id in [message["messageId"] for message in messages]


def test_a_number_that_is_none_is_refused(sns):
    error = refusal(sns.publish, PhoneNumber="nobody", Message="hello")
    assert error["Code"] == "InvalidParameter"
    assert error["Message"] == "Invalid parameter: PhoneNumber Reason: nobody is not valid to publish to"


def test_who_opted_out_gets_nothing_until_opted_in(aws, sns, sent):
    number = "+12065550101"
    query = urllib.parse.urlencode({"accountId": aws.account, "region": aws.region})
    body = json.dumps({"phoneNumber": number}).encode()
    urllib.request.urlopen(f"{aws.endpoint}/_aws/sns/opt-outs?{query}", data=body).close()
    assert sns.check_if_phone_number_is_opted_out(phoneNumber=number)["isOptedOut"]
    assert sns.list_phone_numbers_opted_out()["phoneNumbers"] == [number]
    sns.publish(PhoneNumber=number, Message="hello")
    assert sent() == []
    sns.opt_in_phone_number(phoneNumber=number)
    assert not sns.check_if_phone_number_is_opted_out(phoneNumber=number)["isOptedOut"]
    sns.publish(PhoneNumber=number, Message="hello")
    assert len(sent()) == 1


def test_sms_settings_are_kept(sns):
    sns.set_sms_attributes(attributes={"DefaultSMSType": "Transactional", "DefaultSenderID": "me"})
    assert sns.get_sms_attributes(attributes=["DefaultSenderID"])["attributes"] == {"DefaultSenderID": "me"}
    assert sns.get_sms_attributes()["attributes"]["DefaultSMSType"] == "Transactional"
    for wrong in ({"DefaultSMSType": "Loud"}, {"Colour": "red"}):
        assert refusal(sns.set_sms_attributes, attributes=wrong)["Code"] == "InvalidParameter"
    assert refusal(sns.get_sms_attributes, attributes=["Colour"])["Code"] == "InvalidParameter"


def test_a_number_of_the_sandbox_is_verified_by_its_code(sns, sent):
    number = "+12065550102"
    sns.create_sms_sandbox_phone_number(PhoneNumber=number)
    assert sns.list_sms_sandbox_phone_numbers()["PhoneNumbers"] == [{"PhoneNumber": number, "Status": "Pending"}]
    wrong = refusal(sns.verify_sms_sandbox_phone_number, PhoneNumber=number, OneTimePassword="wrong")
    assert wrong["Code"] == "VerificationException"
    sns.verify_sms_sandbox_phone_number(PhoneNumber=number, OneTimePassword=sent(kind="sms")[0]["code"])
    assert sns.list_sms_sandbox_phone_numbers()["PhoneNumbers"][0]["Status"] == "Verified"
    assert refusal(sns.create_sms_sandbox_phone_number, PhoneNumber=number)["Code"] == "UserError"
    sns.delete_sms_sandbox_phone_number(PhoneNumber=number)
    assert refusal(sns.delete_sms_sandbox_phone_number, PhoneNumber=number)["Code"] == "ResourceNotFound"
    assert not sns.get_sms_sandbox_account_status()["IsInSandbox"]
    assert sns.list_origination_numbers()["PhoneNumbers"] == []


@pytest.fixture
def application(sns):
    reply = sns.create_platform_application(
        Name="app", Platform="GCM", Attributes={"PlatformCredential": "secret", "PlatformPrincipal": "me"}
    )
    return reply["PlatformApplicationArn"]


def test_an_application_tells_no_secrets(aws, sns, application):
    assert application == f"arn:aws:sns:{aws.region}:{aws.account}:app/GCM/app"
    assert sns.get_platform_application_attributes(PlatformApplicationArn=application)["Attributes"] == {
        "Enabled": "true"
    }
    sns.set_platform_application_attributes(
        PlatformApplicationArn=application, Attributes={"SuccessFeedbackSampleRate": "5"}
    )
    (listed,) = sns.list_platform_applications()["PlatformApplications"]
    assert listed["Attributes"]["SuccessFeedbackSampleRate"] == "5"
    sns.delete_platform_application(PlatformApplicationArn=application)
    error = refusal(sns.get_platform_application_attributes, PlatformApplicationArn=application)
    assert (error["Code"], error["Message"]) == ("NotFound", "PlatformApplication does not exist")


@pytest.mark.parametrize(
    "given",
    [
        {"Name": "@", "Platform": "GCM", "Attributes": {"PlatformCredential": "x"}},
        {"Name": "app", "Platform": "PIGEON", "Attributes": {"PlatformCredential": "x"}},
        {"Name": "app", "Platform": "ADM", "Attributes": {"PlatformCredential": "x"}},
        {"Name": "app", "Platform": "GCM", "Attributes": {"Colour": "red"}},
    ],
)
def test_an_application_that_makes_no_sense_is_refused(sns, given):
    assert refusal(sns.create_platform_application, **given)["Code"] == "InvalidParameter"


def test_a_device_gets_the_text_for_its_platform(sns, topic, application, sent):
    device = sns.create_platform_endpoint(PlatformApplicationArn=application, Token="t")["EndpointArn"]
    sns.subscribe(TopicArn=topic, Protocol="application", Endpoint=device)
    texts = json.dumps({"default": "for all", "GCM": "for phones"})
    sns.publish(TopicArn=topic, Message=texts, MessageStructure="json")
    sns.publish(TargetArn=device, Message=texts, MessageStructure="json")
    messages = sent(kind="push", recipient=device)
    assert [(message["message"], message["token"]) for message in messages] == [("for phones", "t")] * 2


def test_a_device_that_is_disabled_or_gone_gets_nothing(sns, application):
    device = sns.create_platform_endpoint(PlatformApplicationArn=application, Token="t")["EndpointArn"]
    sns.set_endpoint_attributes(EndpointArn=device, Attributes={"Enabled": "false", "CustomUserData": "mine"})
    assert sns.get_endpoint_attributes(EndpointArn=device)["Attributes"] == {
        "Enabled": "false",
        "Token": "t",
        "CustomUserData": "mine",
    }
    assert refusal(sns.publish, TargetArn=device, Message="hello")["Code"] == "EndpointDisabled"
    error = refusal(sns.create_platform_endpoint, PlatformApplicationArn=application, Token="t")
    assert "already exists with the same Token, but different attributes" in error["Message"]
    assert len(sns.list_endpoints_by_platform_application(PlatformApplicationArn=application)["Endpoints"]) == 1
    sns.delete_endpoint(EndpointArn=device)
    assert refusal(sns.get_endpoint_attributes, EndpointArn=device)["Code"] == "NotFound"
    assert refusal(sns.publish, TargetArn=device, Message="hello")["Code"] == "InvalidParameter"


def test_a_message_for_one_device_needs_no_default_text(sns, application, sent):
    device = sns.create_platform_endpoint(PlatformApplicationArn=application, Token="t")["EndpointArn"]
    sns.publish(TargetArn=device, Message='{"GCM": "for phones"}', MessageStructure="json")
    assert [message["message"] for message in sent(kind="push", recipient=device)] == ["for phones"]
    error = refusal(sns.publish, TargetArn=device, Message='{"APNS": "x"}', MessageStructure="json")
    assert "No default entry" in error["Message"]


def test_what_attributes_say_of_user_data_comes_first(sns, application):
    given = {"Attributes": {"CustomUserData": "foo"}, "CustomUserData": "bar"}
    device = sns.create_platform_endpoint(PlatformApplicationArn=application, Token="t", **given)["EndpointArn"]
    assert sns.get_endpoint_attributes(EndpointArn=device)["Attributes"]["CustomUserData"] == "foo"
    empty = refusal(sns.set_endpoint_attributes, EndpointArn=device, Attributes={})
    assert empty["Code"] == "ValidationError"
    assert "Value null at 'attributes'" in empty["Message"]
