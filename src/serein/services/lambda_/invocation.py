"""Running a function: which version a reference means, what an environment is given, and the limits on running it."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.ids import random_fraction
from serein.kernel.runner import FunctionSpec, Invocation, Outcome, RunnerBusy, StreamedOutcome
from serein.kernel.scope import Scope
from serein.services.lambda_.code import folder_of_package
from serein.services.lambda_.configuration import Configuration
from serein.services.lambda_.errors import function_not_found, throttled
from serein.services.lambda_.memory import memory_of
from serein.services.lambda_.names import LATEST, FunctionReference
from serein.services.lambda_.store import aliases, functions

_CREDENTIALS_SECONDS = 11 * 3600
"""Credentials last twelve hours; environments are replaced an hour before."""


@dataclass(frozen=True, slots=True)
class Executable:
    """What a reference means right now: a version's record, and the limit of the function."""

    reference: FunctionReference
    configuration: str
    """The record as JSON text."""
    version: str
    reserved_concurrency: int


async def require_executable(platform: Platform, reference: FunctionReference) -> Executable:
    """Find what to run. Raises ResourceNotFoundException. An alias with weights picks a version at random."""
    return await platform.database.read(lambda tx: _require(tx, reference))


def _require(tx: Transaction, reference: FunctionReference) -> Executable:
    row = functions.invocation_row(tx, reference.scope, reference.name)
    if row is None:
        raise function_not_found(reference.arn)
    configuration, reserved = row
    version = reference.qualifier or LATEST
    if version != LATEST and not version.isdigit():
        alias = aliases.find_alias(tx, reference.scope, reference.name, version)
        if alias is None:
            raise function_not_found(reference.arn)
        version = _pick_version(alias)
    if version != LATEST:
        found = functions.find_version(tx, reference.scope, reference.name, int(version))
        if found is None:
            raise function_not_found(reference.arn)
        configuration = found
    return Executable(reference, configuration, version, reserved)


def _pick_version(alias: aliases.Alias) -> str:
    if not alias.weights:
        return alias.version
    chance = random_fraction()
    for version, weight in alias.weights.items():
        if chance < weight:
            return version
        chance -= weight
    return alias.version


async def run(platform: Platform, executable: Executable, invocation: Invocation) -> Outcome:
    """Run a function once. Raises TooManyRequestsException when its own limit or the host's is reached."""
    memory, key = memory_of(platform), _claim_place(platform, executable)
    try:
        spec = await _spec(platform, executable)
        return await platform.runner.invoke(spec, invocation)
    except RunnerBusy:
        raise throttled("ConcurrentInvocationLimitExceeded") from None
    finally:
        memory.running[key] -= 1


async def run_streaming(platform: Platform, executable: Executable, invocation: Invocation) -> StreamedOutcome:
    """Run a function once and pass its response on as it is written. Raises what `run` raises.

    The function takes its place until its last chunk has been read.
    """
    memory, key = memory_of(platform), _claim_place(platform, executable)
    try:
        spec = await _spec(platform, executable)
        streamed = await platform.runner.invoke_streaming(spec, invocation)
    except BaseException as error:
        memory.running[key] -= 1
        if isinstance(error, RunnerBusy):
            raise throttled("ConcurrentInvocationLimitExceeded") from None
        raise

    async def chunks() -> AsyncIterator[bytes]:
        try:
            yield b""
            async for chunk in streamed.chunks:
                yield chunk
        finally:
            memory.running[key] -= 1

    begun = chunks()
    # Why: a generator that was never begun would never give the place back, should nobody read it.
    await anext(begun)
    return StreamedOutcome(streamed.content_type, begun, streamed.error)


async def warm(platform: Platform, runtime: str) -> None:
    """Have a runtime ready before a function's first invocation. One that can't run here is left to tell so then."""
    with suppress(AwsError):
        await platform.runner.warm(runtime)


def _claim_place(platform: Platform, executable: Executable) -> tuple[Scope, str]:
    """Count an invocation against the function's reserved concurrency. Raises TooManyRequestsException."""
    running, reference = memory_of(platform).running, executable.reference
    key = reference.scope, reference.name
    if 0 <= executable.reserved_concurrency <= running[key]:
        raise throttled("ReservedFunctionConcurrentInvocationLimitExceeded")
    running[key] += 1
    return key


async def _spec(platform: Platform, executable: Executable) -> FunctionSpec:
    arn = executable.reference.arn
    spec = memory_of(platform).find_spec(arn, executable.configuration, platform.clock.now())
    return spec if spec is not None else await _build_spec(platform, executable)


async def _build_spec(platform: Platform, executable: Executable) -> FunctionSpec:
    configuration: Configuration = json.loads(executable.configuration)
    reference = executable.reference
    now = platform.clock.now()
    code = await folder_of_package(platform, configuration["_code"])
    layers = tuple([await folder_of_package(platform, sha256) for sha256 in configuration.get("_layers", ())])
    environment = await _environment(platform, reference, configuration)
    expires_at = now + _CREDENTIALS_SECONDS
    spec = FunctionSpec(
        arn=reference.arn,
        name=reference.name,
        version=executable.version,
        scope=reference.scope,
        runtime=configuration["Runtime"],
        handler=configuration["Handler"],
        code=code,
        layers=layers,
        memory_mb=configuration["MemorySize"],
        timeout_seconds=configuration["Timeout"],
        ephemeral_storage_mb=configuration["EphemeralStorage"]["Size"],
        environment=tuple(sorted(environment.items())),
        log_group=configuration["LoggingConfig"]["LogGroup"],
        revision=f"{configuration['RevisionId']}:{int(expires_at)}",
    )
    memory_of(platform).keep_spec(executable.configuration, spec, expires_at)
    return spec


async def _environment(
    platform: Platform, reference: FunctionReference, configuration: Configuration
) -> dict[str, str]:
    credentials = await _credentials(platform, reference, configuration["Role"])
    environment: dict[str, str] = {
        **configuration.get("Environment", {}).get("Variables", {}),
        "AWS_REGION": reference.scope.region,
        "AWS_DEFAULT_REGION": reference.scope.region,
        "AWS_ENDPOINT_URL": platform.limits.endpoint,
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }
    logging = configuration["LoggingConfig"]
    if logging["LogFormat"] == "JSON":
        environment["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
        environment["AWS_LAMBDA_LOG_LEVEL"] = logging["ApplicationLogLevel"]
        environment["SEREIN_SYSTEM_LOG_LEVEL"] = logging["SystemLogLevel"]
    return environment


async def _credentials(platform: Platform, reference: FunctionReference, role: str) -> dict[str, Any]:
    """Credentials of the function's role; the account's own when STS has none to give, or the role is elsewhere."""
    arn = find_arn(role)
    if arn is None or arn.account != reference.scope.account:
        return _account_credentials(reference)
    request = {"RoleArn": role, "RoleSessionName": reference.name}
    try:
        return await platform.call("sts", "IssueServiceCredentials", request, scope=reference.scope)
    except AwsError:
        # Why: a role that STS can't issue for must not stop the function.
        return _account_credentials(reference)


def _account_credentials(reference: FunctionReference) -> dict[str, Any]:
    """A key of twelve digits is the account's own."""
    return {"AccessKeyId": reference.scope.account, "SecretAccessKey": "local", "SessionToken": "local"}
