"""What a topic's policy allows and denies. Enforced where signatures are.

AWS: https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
"""

from serein.kernel.access import find_refusal
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.policies import Context, stored_policy
from serein.services.sns import store
from serein.services.sns.errors import AuthorizationError
from serein.services.sns.topics import Topic, default_policy


def require_topic(call: Call, tx: Transaction, arn: str, action: str = "", context: Context | None = None) -> Topic:
    """The topic, if the caller may use it. `action` is the operation's name, unless it is that of the call.

    Raises NotFound and AuthorizationError.
    """
    topic = store.require_topic(tx, arn)
    if call.is_asked:
        require_allowed(call, topic, action or call.operation, context)
    return topic


def find_topic(call: Call, tx: Transaction, arn: str) -> Topic | None:
    """The topic, or None when it isn't there. Raises AuthorizationError."""
    topic = store.find_topic(tx, arn)
    if topic is not None and call.is_asked:
        require_allowed(call, topic, call.operation)
    return topic


def require_allowed(call: Call, topic: Topic, action: str, context: Context | None = None) -> None:
    """Raise AuthorizationError when the topic's policy denies the action, or doesn't allow it to others."""
    owner = topic.scope.account
    policy = stored_policy(topic.attributes.get("Policy") or default_policy(topic.arn, owner))
    # AWS: the policy of a topic that nobody has given one names the account by this key (sns-access-policy-use-cases).
    # Services don't have it, but for alarms: they reach such topics of their own account without a policy.
    caller = call.caller
    keys = {} if caller.source_arn else {"aws:SourceOwner": call.scope.account}
    if caller.service == "cloudwatch":
        keys["aws:SourceOwner"] = caller.source_account
    refusal = find_refusal(call, policy, owner, f"SNS:{action}", topic.arn, {**keys, **(context or {})})
    if refusal:
        raise AuthorizationError(refusal)
