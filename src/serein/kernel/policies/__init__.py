"""AWS policy documents: one evaluator for those of resources, identities, sessions and Lambda authorizers.

A document is compiled once for its text, and asked with a `Request`:

    policy = compile_policy(text)                       # MalformedPolicy.message is AWS's sentence
    request = Request("execute-api:Invoke", arn, principal, {"aws:SourceIp": "10.0.0.1"})
    decision = policy.decide(request)                   # .is_allowed, .is_denied, .statement

- A document alone (what a Lambda authorizer returns): `policy.decide(request).is_allowed`.
- A resource's policy alone: `decide_resource(request, policy, owner)`: the owner's account needs no permission.
- Identities' policies: `identity = (await call.to("iam", "FindIdentity", {"Arn", "AccessKeyId"}))["Identity"]` is cheap
  to ask for each request; `decide_access(request, identity, policy, owner)` weighs all of them. Its context belongs
  into that of the request: `{**identity.context, …}`.
- `caller_principal`, `caller_context` make the principal and the global condition keys of a call's `Caller`;
  `refusal_text` says why it is refused.

It is pure: nothing here knows a service, the clock or a database.
AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies.html
"""

from serein.kernel.policies.callers import caller_context, caller_principal, identity_context
from serein.kernel.policies.documents import (
    SILENT,
    Decision,
    Effect,
    Policy,
    Statement,
    compile_policy,
    find_fault,
    stored_policy,
)
from serein.kernel.policies.errors import MalformedPolicy
from serein.kernel.policies.evaluation import (
    Identity,
    NamedPolicy,
    Verdict,
    decide_access,
    decide_identity,
    decide_resource,
)
from serein.kernel.policies.principals import (
    ANONYMOUS,
    Grant,
    Principal,
    aws_principal,
    service_principal,
)
from serein.kernel.policies.refusals import reason_text, refusal_text
from serein.kernel.policies.requests import Context, Request

__all__ = [
    "ANONYMOUS",
    "SILENT",
    "Context",
    "Decision",
    "Effect",
    "Grant",
    "Identity",
    "MalformedPolicy",
    "NamedPolicy",
    "Policy",
    "Principal",
    "Request",
    "Statement",
    "Verdict",
    "aws_principal",
    "caller_context",
    "caller_principal",
    "compile_policy",
    "decide_access",
    "decide_identity",
    "decide_resource",
    "find_fault",
    "identity_context",
    "reason_text",
    "refusal_text",
    "service_principal",
    "stored_policy",
]
