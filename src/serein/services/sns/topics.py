"""Topics: names, attributes and the policy they start with."""

import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from serein.kernel.arn import Arn, find_arn
from serein.kernel.policies import find_fault
from serein.kernel.scope import Scope
from serein.services.sns.archive_policies import require_archive_policy
from serein.services.sns.errors import InvalidParameter, NotFound, invalid
from serein.services.sns.retries import require_topic_policy

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}\Z")
_FIFO_SUFFIX = ".fifo"
_FEEDBACK = re.compile(
    r"(HTTP|Lambda|SQS|Firehose|Application)(SuccessFeedback(RoleArn|SampleRate)|FailureFeedbackRoleArn)\Z"
)
_SETTABLE = frozenset(
    {"DisplayName", "Policy", "DeliveryPolicy", "KmsMasterKeyId", "TracingConfig", "SignatureVersion"}
)
_FIFO_SETTABLE = frozenset({"ArchivePolicy", "ContentBasedDeduplication", "FifoThroughputScope"})
_CHOICES = {
    "ContentBasedDeduplication": ("true", "false"),
    "FifoThroughputScope": ("Topic", "MessageGroup"),
    "SignatureVersion": ("1", "2"),
    "TracingConfig": ("PassThrough", "Active"),
}
_DEFAULT_ACTIONS = (
    "GetTopicAttributes",
    "SetTopicAttributes",
    "AddPermission",
    "RemovePermission",
    "DeleteTopic",
    "Subscribe",
    "ListSubscriptionsByTopic",
    "Publish",
)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as stored. Equal rows share one value."""

    arn: str
    scope: Scope
    attributes: dict[str, str] = field(hash=False)
    is_fifo: bool
    deduplicates_by_content: bool
    deduplicates_by_group: bool
    feedback: dict[str, dict[str, str]] = field(hash=False)
    """What is logged of deliveries: settings by the attributes' prefix (`SQS`) and rest (`SuccessFeedbackRoleArn`)."""

    @property
    def signature_version(self) -> str:
        return self.attributes.get("SignatureVersion", "1")

    @property
    def name(self) -> str:
        return self.arn.rsplit(":", 1)[1]


@lru_cache(maxsize=1024)
def topic_of(arn: str, account: str, region: str, attributes_text: str) -> Topic:
    """The topic that a row holds."""
    attributes: dict[str, str] = json.loads(attributes_text)
    return Topic(
        arn=arn,
        scope=Scope(account, region),
        attributes=attributes,
        is_fifo=arn.endswith(_FIFO_SUFFIX),
        deduplicates_by_content=attributes.get("ContentBasedDeduplication") == "true",
        deduplicates_by_group=attributes.get("FifoThroughputScope") == "MessageGroup",
        feedback=_feedback_of(attributes),
    )


def _feedback_of(attributes: dict[str, str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, value in attributes.items():
        match = _FEEDBACK.match(name)
        if match is not None and value:
            found.setdefault(match[1], {})[match[2]] = value
    return found


def require_arn(text: str | None, member: str = "TopicArn") -> Arn:
    """Parse an ARN that a client gives. Raises InvalidParameter in AWS's words."""
    if text is None:
        raise invalid(member, "no value for required parameter")
    found = find_arn(text)
    if found is None:
        raise invalid(member, f"An ARN must have at least 6 elements, not {len(text.split(':'))}")
    return found


def require_topic_arn(text: str | None, scope: Scope, member: str = "TopicArn") -> str:
    """The ARN of a topic that a call in `scope` may be about. AWS: topics of other regions are refused."""
    arn = require_arn(text, member)
    if arn.service != "sns" or ":" in arn.resource:
        raise invalid(member)
    if arn.region != scope.region:
        raise invalid(member)
    return str(arn)


def require_name(name: str | None, given: dict[str, str]) -> str:
    """The name that CreateTopic is given. Raises InvalidParameter."""
    if not name:
        raise invalid("Topic Name")
    is_fifo = given.get("FifoTopic", "").lower() == "true"
    stem = name.removesuffix(_FIFO_SUFFIX)
    if is_fifo and stem == name:
        raise invalid("Topic Name")
    if not _NAME.match(stem if is_fifo else name) or len(name) > 256:
        raise invalid("Topic Name")
    return name


def parse_attributes(given: dict[str, str], *, is_fifo: bool) -> dict[str, str]:
    """Check attributes that CreateTopic is given and bring them into their canonical form."""
    attributes = {"FifoTopic": "true", "ContentBasedDeduplication": "false"} if is_fifo else {}
    for name, value in given.items():
        if name == "FifoTopic":
            if value.lower() not in {"true", "false"}:
                raise invalid("Attributes", "FifoTopic")
            continue
        try:
            attributes[name] = parse_attribute(name, value, is_fifo=is_fifo)
        except InvalidParameter as error:
            raise invalid("Attributes", error.message.removeprefix("Invalid parameter: ")) from None
    return attributes


def parse_attribute(name: str, value: str, *, is_fifo: bool) -> str:
    """Check one attribute; an empty value removes it. Raises InvalidParameter."""
    if name in _FIFO_SETTABLE and not is_fifo:
        raise invalid(name if name == "ContentBasedDeduplication" else f"{name}: can only be set on FIFO topics")
    if name not in _SETTABLE and name not in _FIFO_SETTABLE and not _FEEDBACK.match(name):
        raise invalid("AttributeName")
    if name.endswith("SampleRate") and value and not (value.isdigit() and int(value) <= 100):
        raise invalid(f"{name}: must be between 0 and 100")
    if name in {"Policy", "DeliveryPolicy"} and value:
        parsed = _require_json(name, value)
        if name == "DeliveryPolicy":
            require_topic_policy(parsed)
        elif fault := find_fault(value):
            raise invalid(f"Policy Error: {fault}")
    if name == "ArchivePolicy" and value:
        require_archive_policy(value)
    choices = _CHOICES.get(name)
    if choices is not None:
        value = value.lower() if choices[0] == "true" else value
        if value not in choices:
            raise invalid(f"{name}: Invalid value [{value}]. Must be {' or '.join(choices)}.")
    return value


def default_policy(topic_arn: str, account: str) -> str:
    """The policy of a topic that nobody has given one."""
    return json.dumps(
        {
            "Version": "2008-10-17",
            "Id": "__default_policy_ID",
            "Statement": [
                {
                    "Sid": "__default_statement_ID",
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": [f"SNS:{action}" for action in _DEFAULT_ACTIONS],
                    "Resource": topic_arn,
                    "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
                }
            ],
        },
        separators=(",", ":"),
    )


def effective_delivery_policy(topic: Topic) -> str:
    """How messages to HTTP endpoints would be retried: AWS's defaults and what the topic says otherwise."""
    given: dict[str, Any] = json.loads(topic.attributes.get("DeliveryPolicy") or "{}").get("http", {})
    effective = {
        "defaultHealthyRetryPolicy": {
            "minDelayTarget": 20,
            "maxDelayTarget": 20,
            "numRetries": 3,
            "numMaxDelayRetries": 0,
            "numNoDelayRetries": 0,
            "numMinDelayRetries": 0,
            "backoffFunction": "linear",
        },
        "disableSubscriptionOverrides": False,
        "defaultRequestPolicy": {"headerContentType": "text/plain; charset=UTF-8"},
        **given,
    }
    return json.dumps({"http": effective}, separators=(",", ":"))


def find_difference(current: dict[str, str], wanted: dict[str, str]) -> str | None:
    """Return the first attribute that a topic has otherwise than a second CreateTopic wants it, or None."""
    return next((name for name, value in wanted.items() if current.get(name, "") != value), None)


def policy_of(topic: Topic) -> dict[str, Any]:
    """The topic's policy, with its statements as a list."""
    text = topic.attributes.get("Policy") or default_policy(topic.arn, topic.scope.account)
    policy: dict[str, Any] = json.loads(text)
    statements = policy.get("Statement", [])
    return {**policy, "Statement": list(statements) if isinstance(statements, list) else [statements]}


def topic_not_found() -> NotFound:
    return NotFound("Topic does not exist")


def _require_json(name: str, value: str) -> dict[str, Any]:
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        raise invalid(f"{name}: failed to parse JSON. {value}") from None
    if not isinstance(parsed, dict):
        raise invalid(f"{name}: must be a JSON object")
    return parsed
