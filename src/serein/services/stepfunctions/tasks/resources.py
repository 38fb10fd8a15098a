"""What a Task state's `Resource` names: a function, an activity, or an operation of a service.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

REQUEST, SYNC, SYNC_JSON, CALLBACK = "", "sync", "sync:2", "waitForTaskToken"
"""The patterns; `sync:2` gives the job's output as JSON where `sync` gives it as text."""
Kind = Literal["lambda", "activity", "service", "sdk"]
_LAMBDA = re.compile(
    r"arn:aws[a-z-]*:lambda:([a-z0-9-]+):(\d{12}):function:[a-zA-Z0-9_-]+(?::(?:\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9_-]+))?\Z",
    re.ASCII,
)
_ACTIVITY = re.compile(r"arn:aws[a-z-]*:states:([a-z0-9-]+):(\d{12}):activity:([^:]{1,80})\Z", re.ASCII)
_SERVICE = re.compile(
    r"arn:aws[a-z-]*:states:[a-z0-9-]*:(?:\d{12})?:(aws-sdk:)?(?!aws-sdk:)([a-z0-9-]+):([a-zA-Z0-9]+)(?:\.(sync:2|sync|waitForTaskToken))?\Z",
    re.ASCII,
)


class UnknownResource(ValueError):
    """The text is no resource that a Task state can have."""

    def __init__(self, resource: str) -> None:
        # AWS: the message of INVALID_RESOURCE.
        super().__init__(
            f"The resource provided {resource} is not recognized. The value is not a valid resource ARN, or the "
            "resource is not available in this region."
        )


@dataclass(frozen=True, slots=True)
class Resource:
    """A parsed `Resource`. `arn` is the text itself."""

    arn: str
    kind: Kind
    service: str
    """`lambda`, `activity`, or as the text has it: `dynamodb`, `states`, `eventbridge`."""
    action: str
    """`invoke`; empty for activities."""
    pattern: str
    region: str
    """Of functions and activities; empty for operations of services."""
    account: str

    @property
    def waits_for_job(self) -> bool:
        """Whether the task goes on until the job that it starts is over."""
        return self.pattern in (SYNC, SYNC_JSON)

    @property
    def waits_for_token(self) -> bool:
        """Whether the task goes on until somebody answers with its token."""
        return self.pattern == CALLBACK

    @property
    def history_type(self) -> str:
        """`resourceType` of history events: `dynamodb`, `aws-sdk:dynamodb`."""
        return f"aws-sdk:{self.service}" if self.kind == "sdk" else self.service

    @property
    def history_name(self) -> str:
        """`resource` of history events: `startExecution.sync`."""
        return f"{self.action}.{self.pattern}" if self.pattern else self.action


@lru_cache(maxsize=4096)
def parse_resource(resource: str) -> Resource:
    """Read a `Resource`. Raises UnknownResource.

    What Step Functions itself doesn't integrate is for `checking.find_resource_fault` to say.
    """
    if found := _LAMBDA.match(resource):
        return Resource(resource, "lambda", "lambda", "invoke", REQUEST, found[1], found[2])
    if found := _ACTIVITY.match(resource):
        return Resource(resource, "activity", "activity", "", REQUEST, found[1], found[2])
    # AWS: the region and the account may stand there, and mean nothing.
    if found := _SERVICE.match(resource):
        sdk, service, action, pattern = found.groups()
        return Resource(resource, "sdk" if sdk else "service", service, action, pattern or REQUEST, "", "")
    raise UnknownResource(resource)
