"""The Query protocol, as old SDKs and scripts speak it, and the addresses that they use."""

import http.client
import json
from urllib.parse import quote, urlencode, urlsplit
from xml.etree import ElementTree

import pytest

VERSION = "2012-11-05"


@pytest.fixture
def sqs(aws):
    return aws.client("sqs")


@pytest.fixture
def url(sqs):
    return sqs.create_queue(QueueName="jobs")["QueueUrl"]


def ask(aws, path="/", host="", method="GET", headers=(), **parameters):
    """Send a Query request, signed by name only; returns its status and its XML without namespaces."""
    connection = http.client.HTTPConnection(urlsplit(aws.endpoint).netloc, timeout=30)
    query = urlencode(parameters)
    sent = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={aws.account}/20260101/us-east-1/sqs/aws4_request, "
        f"SignedHeaders=host, Signature={'0' * 64}",
        **dict(headers),
    }
    if host:
        sent["Host"] = host
    if method == "POST":
        sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("POST", path, query, sent)
    else:
        connection.request("GET", f"{path}?{query}" if query else path, headers=sent)
    reply = connection.getresponse()
    text = reply.read().decode().replace(' xmlns="http://queue.amazonaws.com/doc/2012-11-05/"', "")
    connection.close()
    return reply.status, ElementTree.fromstring(text)


def ask_json(aws, service, **parameters):
    credential = f"{aws.account}/20260101/us-east-1/{service}/aws4_request"
    headers = {
        "Accept": "application/json",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature={'0' * 64}",
    }
    connection = http.client.HTTPConnection(urlsplit(aws.endpoint).netloc, timeout=30)
    connection.request("GET", f"/?{urlencode(parameters)}", headers=headers)
    reply = connection.getresponse()
    assert reply.getheader("content-type") == "application/json"
    found = json.loads(reply.read())
    connection.close()
    return reply.status, found


def test_who_accepts_json_gets_json(aws, url):
    status, sent = ask_json(aws, "sqs", Action="SendMessage", QueueUrl=url, MessageBody="hello", Version=VERSION)
    assert status == 200
    assert sent["SendMessageResponse"]["ResponseMetadata"]["RequestId"]
    result = sent["SendMessageResponse"]["SendMessageResult"]
    assert (result["MD5OfMessageBody"], result["SequenceNumber"]) == ("5d41402abc4b2a76b9719d911017c592", None)
    status, refused = ask_json(aws, "sqs", Action="ListQueueTags", QueueUrl=f"{url}-none", Version=VERSION)
    assert status == 400
    assert refused["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert refused["Error"]["Type"] == "Sender" and refused["RequestId"]
    status, identity = ask_json(aws, "sts", Action="GetCallerIdentity", Version="2011-06-15")
    assert identity["GetCallerIdentityResponse"]["GetCallerIdentityResult"]["Account"] == aws.account
    status, made = ask_json(aws, "sns", Action="CreateTopic", Name="t", Version="2010-03-31")
    assert made["CreateTopicResponse"]["CreateTopicResult"] == {"TopicArn": f"arn:aws:sns:us-east-1:{aws.account}:t"}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_to_a_queues_url_needs_no_queue_url(aws, url, method):
    path = urlsplit(url).path
    status, sent = ask(aws, path, method=method, Action="SendMessage", MessageBody="hello", Version=VERSION)
    assert status == 200
    assert sent.findtext(".//MD5OfMessageBody") == "5d41402abc4b2a76b9719d911017c592"
    status, received = ask(aws, path, method=method, Action="ReceiveMessage")
    assert received.findtext(".//Body") == "hello"
    handle = received.findtext(".//ReceiptHandle")
    assert ask(aws, path, method=method, Action="DeleteMessage", ReceiptHandle=handle)[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "sqs.us-east-1.amazonaws.com",
        "queue.amazonaws.com",
        "us-east-1.queue.amazonaws.com",
        "sqs.us-east-1.localhost.localstack.cloud",
    ],
)
def test_a_queue_answers_under_every_host_name(aws, sqs, url, host):
    path = urlsplit(url).path
    assert ask(aws, path, host, Action="SendMessage", MessageBody="by path")[0] == 200
    own = f"https://{host}{path}"
    assert ask(aws, "/", host, Action="SendMessage", MessageBody="by parameter", QueueUrl=own)[0] == 200
    sqs.send_message(QueueUrl=own, MessageBody="by the JSON protocol")
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    assert attributes == {"ApproximateNumberOfMessages": "3"}


def test_what_is_not_about_a_queue_is_no_action_at_its_url(aws, url):
    path = urlsplit(url).path
    for action in ("CreateQueue", "ListQueues", "Nonsense"):
        status, error = ask(aws, path, Action=action, QueueName="x", Version=VERSION)
        assert (status, error.findtext(".//Code")) == (400, "InvalidAction")
        assert error.findtext(".//Message") == f"The action {action} is not valid for this endpoint."


def test_a_browser_at_a_queues_url_learns_that_there_is_nothing(aws, url):
    status, error = ask(aws, urlsplit(url).path)
    assert (status, error.tag) == (404, "UnknownOperationException")


def test_errors_have_their_codes_of_old(aws, url):
    path = urlsplit(url).path
    status, error = ask(aws, f"/{aws.account}/nope", Action="SendMessage", MessageBody="x")
    assert (status, error.findtext(".//Code")) == (400, "AWS.SimpleQueueService.NonExistentQueue")
    assert error.findtext(".//Message") == "The specified queue does not exist for this wsdl version."
    assert error.findtext(".//Type") == "Sender"
    status, error = ask(aws, path, Action="SendMessage")
    assert (status, error.findtext(".//Code")) == (400, "MissingParameter")
    status, error = ask(aws, path, Action="ReceiveMessage", MaxNumberOfMessages="11")
    assert (status, error.findtext(".//Code")) == (400, "InvalidParameterValue")


def test_json_errors_carry_both_codes(aws, url):
    connection = http.client.HTTPConnection(urlsplit(aws.endpoint).netloc, timeout=30)
    headers = {"X-Amz-Target": "AmazonSQS.ReceiveMessage", "Content-Type": "application/x-amz-json-1.0"}
    connection.request("POST", "/", json.dumps({"QueueUrl": url, "MaxNumberOfMessages": 11}), headers)
    reply = connection.getresponse()
    assert reply.status == 400
    assert reply.headers["x-amzn-query-error"] == "InvalidParameterValue;Sender"
    assert json.loads(reply.read())["__type"] == "com.amazonaws.sqs#InvalidParameterValueException"
    connection.close()


@pytest.mark.parametrize("member", ["Tag", "Tags"])
def test_tags_have_two_names(aws, sqs, url, member):
    tags = {f"{member}.1.Key": "team", f"{member}.1.Value": "a", f"{member}.2.Key": "size", f"{member}.2.Value": ""}
    assert ask(aws, urlsplit(url).path, Action="TagQueue", **tags)[0] == 200
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "a", "size": ""}


def test_a_batch_says_what_became_of_each_entry(aws, url):
    entries = {
        "SendMessageBatchRequestEntry.1.Id": "good",
        "SendMessageBatchRequestEntry.1.MessageBody": "a & b",
        "SendMessageBatchRequestEntry.2.Id": "bad",
        "SendMessageBatchRequestEntry.2.MessageBody": "\x01",
    }
    status, reply = ask(aws, urlsplit(url).path, method="POST", Action="SendMessageBatch", **entries)
    assert status == 200
    assert reply.findtext(".//SendMessageBatchResultEntry/Id") == "good"
    assert reply.findtext(".//BatchResultErrorEntry/Id") == "bad"
    assert reply.findtext(".//BatchResultErrorEntry/Code") == "InvalidMessageContents"
    assert reply.findtext(".//BatchResultErrorEntry/SenderFault") == "true"


def test_a_name_in_the_path_is_unquoted(aws, sqs):
    url = sqs.create_queue(QueueName="a-b_c.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    path = quote(urlsplit(url).path, safe="/").replace("-", "%2D")
    status, reply = ask(aws, path, Action="GetQueueAttributes", **{"AttributeName.1": "QueueArn"})
    assert status == 200
    assert reply.findtext(".//Value").endswith(":a-b_c.fifo")
