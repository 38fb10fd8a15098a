"""Runtimes by name: those that AWS creates functions for, and those that it no longer does.

AWS: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
"""

import hashlib

from serein.services.lambda_.errors import ValidationException, invalid

# The order is that of AWS's message.
_CURRENT = (
    "nodejs20.x",
    "python3.14",
    "provided.al2023",
    "python3.12",
    "python3.13",
    "nodejs24.x",
    "nodejs22.x",
    "java25",
    "python3.10",
    "python3.11",
    "java21",
    "ruby3.3",
    "ruby3.4",
    "ruby3.2",
    "python3.8",
    "python3.9",
    "java17",
    "nodejs16.x",
    "dotnet10",
    "dotnet8",
    "java11",
    "dotnet6",
    "nodejs18.x",
    "provided.al2",
    "java8.al2",
)
_LATER = ("nodejs26.x", "python3.15", "ruby4.0", "java8.al2023", "java11.al2023", "java17.al2023")
_BLOCKED = frozenset(
    {
        "dotnetcore1.0",
        "dotnetcore2.0",
        "dotnetcore2.1",
        "dotnetcore3.1",
        "go1.x",
        "java8",
        "nodejs",
        "nodejs10.x",
        "nodejs12.x",
        "nodejs14.x",
        "nodejs4.3",
        "nodejs4.3-edge",
        "nodejs6.10",
        "nodejs8.10",
        "provided",
        "python2.7",
        "python3.6",
        "python3.7",
        "ruby2.5",
        "ruby2.7",
    }
)
_STILL_RUNNABLE = ("nodejs1", "python3.", "provided")
"""Applications written years ago are run as they are, on the nearest version that the machine has."""
_KNOWN = frozenset((*_CURRENT, *_LATER))


def check_runtime(runtime: str) -> None:
    """Raise InvalidParameterValueException for a name that is none, and for a runtime that nothing here can run."""
    if runtime in _KNOWN or (runtime.startswith(_STILL_RUNNABLE) and runtime in _BLOCKED):
        return
    if runtime in _BLOCKED:
        raise invalid(
            f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. "
            "We recommend you use a supported runtime while creating or updating functions."
        )
    raise invalid(
        f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
        f"[{', '.join(_CURRENT)}] or be a valid ARN"
    )


def check_compatible(member: str, given: str | list[str]) -> None:
    """Raise ValidationException when a layer is said to go with a runtime that is none.

    `member` is where the name or names are; an empty one is no name.
    """
    names = given if isinstance(given, list) else [given] if given else []
    if any(name not in _KNOWN and name not in _BLOCKED for name in names):
        shown = f"[{', '.join(names)}]" if isinstance(given, list) else given
        raise ValidationException(
            f"1 validation error detected: Value '{shown}' at '{member}' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(_CURRENT)}]"
        )


def runtime_version_arn(region: str, runtime: str) -> str:
    """The ARN of the only version of a runtime that there is here; equal names have equal versions."""
    return f"arn:aws:lambda:{region}::runtime:{hashlib.sha256(runtime.encode()).hexdigest()}"
