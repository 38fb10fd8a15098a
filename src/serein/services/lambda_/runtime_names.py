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
# AWS: lists of layers know every name that ever was one, and say so.
_EVERY = (
    "ruby3.5",
    "ruby2.6",
    "dotnetcore1.0",
    "python3.7",
    "nodejs8.10",
    "nasa",
    "ruby2.7",
    "python2.7-greengrass",
    "dotnetcore2.0",
    "python3.8",
    "java21",
    "dotnet6",
    "dotnetcore2.1",
    "python3.9",
    "java11",
    "nodejs6.10",
    "provided",
    "dotnetcore3.1",
    "dotnet8",
    "java25",
    "java17",
    "nodejs",
    "nodejs4.3",
    "java8.al2",
    "go1.x",
    "dotnet10",
    "nodejs20.x",
    "go1.9",
    "byol",
    "nodejs10.x",
    "provided.al2023",
    "nodejs22.x",
    "python3.10",
    "java8",
    "nodejs12.x",
    "python3.11",
    "nodejs24.x",
    "nodejs8.x",
    "python3.12",
    "nodejs14.x",
    "nodejs8.9",
    "nodejs26.x",
    "python3.13",
    "python3.14",
    "nodejs16.x",
    "python3.15",
    "provided.al2",
    "nodejs4.3-edge",
    "nodejs18.x",
    "ruby3.2",
    "python3.4",
    "ruby3.3",
    "ruby3.4",
    "ruby2.5",
    "python3.6",
    "python2.7",
)
_ARCHITECTURES = ("x86_64", "arm64")
_RUNTIMES = f"Member must satisfy enum value set: [{', '.join(_CURRENT)}]"
_KNOWN = frozenset((*_CURRENT, *_LATER))


def check_runtime(runtime: str, *, is_strict: bool = False) -> None:
    """Raise InvalidParameterValueException for a name that is none, and for a runtime that nothing here can run.

    AWS takes no runtime for new functions that it has given up; here only those who are strict are as strict.
    """
    if runtime in _KNOWN or (runtime.startswith(_STILL_RUNNABLE) and runtime in _BLOCKED and not is_strict):
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


def check_compatible_runtime(name: str | None) -> None:
    """Raise ValidationException when layers are wanted for a runtime that is none."""
    if name is not None and name not in _EVERY and not _is_runtime(name):
        wanted = f"Member must satisfy enum value set: [{', '.join(_EVERY)}]"
        raise ValidationException(f"1 validation error detected: {_finding(name, 'compatibleRuntime', wanted)}")


def check_compatible(runtimes: list[str], architectures: list[str]) -> None:
    """Raise ValidationException when a layer is said to go with runtimes or architectures that are none."""
    findings = []
    if not all(map(_is_runtime, runtimes)):
        findings.append(_finding(f"[{', '.join(runtimes)}]", "compatibleRuntimes", _RUNTIMES))
    if any(name not in _ARCHITECTURES for name in architectures):
        wanted = (
            "Member must satisfy constraint: "
            f"[Member must satisfy enum value set: [{', '.join(_ARCHITECTURES)}], Member must not be null]"
        )
        findings.append(_finding(f"[{', '.join(architectures)}]", "compatibleArchitectures", wanted))
    if findings:
        plural = "" if len(findings) == 1 else "s"
        raise ValidationException(f"{len(findings)} validation error{plural} detected: {'; '.join(findings)}")


def _is_runtime(name: str) -> bool:
    return name in _KNOWN or name in _BLOCKED


def _finding(shown: str, member: str, wanted: str) -> str:
    return f"Value '{shown}' at '{member}' failed to satisfy constraint: {wanted}"


def runtime_version_arn(region: str, runtime: str) -> str:
    """The ARN of the only version of a runtime that there is here; equal names have equal versions."""
    return f"arn:aws:lambda:{region}::runtime:{hashlib.sha256(runtime.encode()).hexdigest()}"
