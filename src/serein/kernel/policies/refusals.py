"""AWS's sentences for what policies don't allow.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from serein.kernel.policies.evaluation import IDENTITY, Verdict
from serein.kernel.policies.requests import Request


def refusal_text(request: Request, verdict: Verdict, *, action: str = "", resource: str = "") -> str:
    """Why a request is refused: who, what, to which resource, and the kind of policy that decides.

    `action` and `resource` are what the sentence says where a service says it otherwise than its policies.
    """
    named = action or request.action
    return f"{who(request)} is not authorized to perform: {named} on resource: {resource or request.resource} " + (
        reason_text(verdict, named)
    )


def who(request: Request) -> str:
    principal = request.principal
    return f"User: {principal.id or 'anonymous'}"


def reason_text(verdict: Verdict, action: str) -> str:
    """The end of the sentence."""
    kind = verdict.kind or IDENTITY
    article = "an" if kind == IDENTITY else "a"
    if verdict.is_denied:
        return f"with an explicit deny in {article} {kind}"
    return f"because no {kind} allows the {action} action"
