"""Running a function: which version a reference means, what an environment is given, and the limits on running it."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from serein.kernel.arn import find_arn
from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.ids import new_uuid, random_fraction
from serein.kernel.runner import (
    PARAMETERS_AND_SECRETS,
    FunctionSpec,
    Invocation,
    Outcome,
    RunnerBusy,
    StreamedOutcome,
)
from serein.kernel.scope import Scope
from serein.services.lambda_.account_limits import CONCURRENT_EXECUTIONS, MINIMUM_UNRESERVED
from serein.services.lambda_.code import folder_of_package
from serein.services.lambda_.concurrency import HOST_IS_FULL
from serein.services.lambda_.configuration import Configuration
from serein.services.lambda_.durable.starting import run_durable
from serein.services.lambda_.errors import (
    RecursiveInvocationException,
    ResourceConflictException,
    TooManyRequestsException,
    function_not_found,
    invalid,
    throttled,
)
from serein.services.lambda_.images import IMAGE_RUNTIME, TASK_ROOT, find_image
from serein.services.lambda_.lineage import MOST_INVOCATIONS, continued, mark_of
from serein.services.lambda_.memory import LambdaMemory, memory_of
from serein.services.lambda_.metrics import Source
from serein.services.lambda_.names import LATEST, FunctionReference
from serein.services.lambda_.parameters_and_secrets import extension_of, new_client
from serein.services.lambda_.public_layers import packaged_layers
from serein.services.lambda_.states import pending_until
from serein.services.lambda_.store import aliases, functions

CREDENTIALS_SECONDS = 11 * 3600
"""Credentials last twelve hours; environments are replaced an hour before."""
ENDING_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Executable:
    """What a reference means right now: a version's record, and the limits of the function."""

    reference: FunctionReference
    configuration: str
    """The record as JSON text."""
    version: str
    reserved_concurrency: int
    unreserved_limit: int = CONCURRENT_EXECUTIONS
    """How many invocations of functions without reserved concurrency may run at once."""
    tenant_id: str = ""
    is_pending: bool = False
    """Whether the version is still being created."""


class Traits(NamedTuple):
    """What of a version's record decides whether it may be invoked."""

    state: str
    has_tenants: bool
    is_durable: bool
    pending_until: float


@lru_cache(maxsize=2048)
def traits_of(configuration: str) -> Traits:
    """Read a record, once."""
    record = msgspec.json.decode(configuration)
    return Traits(
        record.get("State", "Active"),
        bool(record.get("TenancyConfig")),
        bool(record.get("DurableConfig")),
        pending_until(record),
    )


async def require_executable(platform: Platform, reference: FunctionReference, tenant_id: str = "") -> Executable:
    """Find what to run. An alias with weights picks a version at random.

    Raises ResourceNotFoundException, and InvalidParameterValueException when a function that keeps its tenants apart
    isn't told which, or another one is.
    """
    is_crowded = memory_of(platform).places.unreserved[reference.scope] >= MINIMUM_UNRESERVED
    executable = await platform.database.read(lambda tx: _require(tx, reference, tenant_id, is_crowded, _pick_version))
    traits = traits_of(executable.configuration)
    if traits.pending_until and traits.pending_until > platform.clock.now():
        executable = replace(executable, is_pending=True)
    if traits.has_tenants != bool(tenant_id):
        # AWS: https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation-troubleshooting.html
        raise invalid(
            "The invoked function is not enabled with tenancy configuration. "
            "Remove the tenant ID from your request and try again."
            if tenant_id
            else "The invoked function is enabled with tenancy configuration. "
            "Add a valid tenant ID in your request and try again."
        )
    return executable


def check_state(executable: Executable) -> None:
    """Raise ResourceConflictException when the version can't be invoked as it is."""
    state = "Pending" if executable.is_pending else traits_of(executable.configuration).state
    if state in ("Pending", "Failed", "Deleting"):
        raise ResourceConflictException(
            "The operation cannot be performed at this time. The function is currently in the following state: "
            f"{state}",
            Type="User",
        )


def _require(
    tx: Transaction,
    reference: FunctionReference,
    tenant_id: str,
    is_crowded: bool,
    pick: Callable[[aliases.Alias], str],
) -> Executable:
    row = functions.invocation_row(tx, reference.scope, reference.name)
    if row is None:
        raise function_not_found(reference.arn)
    configuration, reserved = row
    version = reference.qualifier or LATEST
    if version != LATEST and not version.isdigit():
        alias = aliases.find_alias(tx, reference.scope, reference.name, version)
        if alias is None:
            raise function_not_found(reference.arn)
        version = pick(alias)
    if version != LATEST:
        found = functions.find_version(tx, reference.scope, reference.name, int(version))
        if found is None:
            raise function_not_found(reference.arn)
        configuration = found
    limit = CONCURRENT_EXECUTIONS
    if is_crowded:
        limit -= functions.reserved_in_total(tx, reference.scope, "")
    return Executable(reference, configuration, version, reserved, limit, tenant_id)


def find_main(tx: Transaction, reference: FunctionReference) -> Executable:
    """What a reference means but for an alias's weights. Raises ResourceNotFoundException."""
    return _require(tx, reference, "", False, lambda alias: alias.version)


def _pick_version(alias: aliases.Alias) -> str:
    if not alias.weights:
        return alias.version
    chance = random_fraction()
    for version, weight in alias.weights.items():
        if chance < weight:
            return version
        chance -= weight
    return alias.version


async def find_trace(platform: Platform, reference: FunctionReference, trace_id: str) -> str:
    """The trace header for an invocation that `trace_id` caused.

    Raises RecursiveInvocationException when the function has run too often in that chain and may not loop.
    """
    mark = mark_of(reference.scope, reference.name)
    header, before = continued(trace_id, mark, platform.clock.now())
    if before >= MOST_INVOCATIONS:
        row = await platform.database.read(lambda tx: functions.find_function(tx, reference.scope, reference.name))
        if row is not None and row.recursive_loop != "Allow":
            raise RecursiveInvocationException(Type="User")
    return header


async def run(platform: Platform, executable: Executable, invocation: Invocation) -> Outcome:
    """Run a function: a durable one as an execution of its own, from its begin to its end. Raises as `run_once`."""
    if traits_of(executable.configuration).is_durable:
        return await run_durable(platform, executable, invocation)
    return await run_once(platform, executable, invocation)


async def run_once(platform: Platform, executable: Executable, invocation: Invocation) -> Outcome:
    """Run a function once.

    Raises TooManyRequestsException when its own limit, the account's or the host's is reached, and
    ResourceConflictException when it isn't active.
    """
    check_state(executable)
    memory, key = memory_of(platform), _claim_place(platform, executable)
    try:
        spec = await spec_of(platform, executable)
        outcome = await platform.runner.invoke(spec, invocation)
    except RunnerBusy:
        raise _busy(memory, executable) from None
    finally:
        memory.places.release(key, executable.reserved_concurrency)
    if memory.metrics.is_wanted:
        _count(memory, executable, outcome)
    return outcome


def _count(memory: LambdaMemory, executable: Executable, outcome: Outcome) -> None:
    reference = executable.reference
    memory.metrics.invoked(
        Source(reference.scope, reference.name, reference.qualifier, executable.version),
        outcome.duration_ms,
        is_error=bool(outcome.function_error),
        concurrent=memory.places.running[reference.scope, reference.name] + 1,
    )


def _busy(memory: LambdaMemory, executable: Executable) -> TooManyRequestsException:
    reference = executable.reference
    memory.metrics.add(Source(reference.scope, reference.name, reference.qualifier), "Throttles")
    return throttled(HOST_IS_FULL)


async def run_streaming(platform: Platform, executable: Executable, invocation: Invocation) -> StreamedOutcome:
    """Run a function once and pass its response on as it is written. Raises what `run` raises.

    The function takes its place until its last chunk has been read.
    """
    check_state(executable)
    if traits_of(executable.configuration).is_durable:
        raise invalid("You cannot invoke a durable function with response streaming.")
    memory, key = memory_of(platform), _claim_place(platform, executable)
    reserved = executable.reserved_concurrency
    try:
        spec = await spec_of(platform, executable)
        streamed = await platform.runner.invoke_streaming(spec, invocation)
    except BaseException as error:
        memory.places.release(key, reserved)
        if isinstance(error, RunnerBusy):
            raise _busy(memory, executable) from None
        raise

    async def chunks() -> AsyncIterator[bytes]:
        try:
            yield b""
            async for chunk in streamed.chunks:
                yield chunk
        finally:
            memory.places.release(key, reserved)
            if streamed.outcome and memory.metrics.is_wanted:
                _count(memory, executable, streamed.outcome[0])

    begun = chunks()
    # Why: a generator that was never begun would never give the place back, should nobody read it.
    await anext(begun)
    return StreamedOutcome(streamed.content_type, begun, streamed.error, streamed.outcome)


async def warm(platform: Platform, runtime: str) -> None:
    """Have a runtime ready before a function's first invocation. One that can't run here is left to tell so then."""
    with suppress(AwsError):
        await platform.runner.warm(runtime)


def _claim_place(platform: Platform, executable: Executable) -> tuple[Scope, str]:
    """Take one of the function's places, or of the account's. Raises TooManyRequestsException."""
    memory, reference = memory_of(platform), executable.reference
    key = reference.scope, reference.name
    try:
        if platform.realism.is_throttling:
            memory.places.check_rate(platform.clock, key, executable.reserved_concurrency)
        memory.places.claim(key, executable.reserved_concurrency, executable.unreserved_limit)
    except TooManyRequestsException:
        memory.metrics.add(Source(reference.scope, reference.name, reference.qualifier), "Throttles")
        raise
    return key


async def spec_of(platform: Platform, executable: Executable) -> FunctionSpec:
    """What an environment needs to know, ready from an earlier time or built now."""
    arn, memory = executable.reference.arn, memory_of(platform)
    spec = memory.find_spec(arn, executable.configuration, executable.tenant_id, platform.clock.now())
    return spec if spec is not None else await _build_spec(platform, executable)


async def _build_spec(platform: Platform, executable: Executable) -> FunctionSpec:
    configuration: Configuration = json.loads(executable.configuration)
    reference = executable.reference
    now = platform.clock.now()
    image = find_image(configuration)
    code = await folder_of_package(platform, configuration["_code"]) if image is None else TASK_ROOT
    layers = [await folder_of_package(platform, sha256) for sha256 in configuration.get("_layers", ()) if sha256]
    credentials = await _credentials(platform, reference, configuration["Role"])
    environment = _environment(platform, reference, configuration, credentials)
    expires_at = now + CREDENTIALS_SECONDS
    packaged = packaged_layers(configuration)
    if any(layer.installer == PARAMETERS_AND_SECRETS for _, layer in packaged):
        client = new_client(reference.scope, credentials, environment, expires_at + ENDING_SECONDS)
        extension_of(platform).admit(credentials, client, now)
    spec = FunctionSpec(
        arn=reference.arn,
        name=reference.name,
        version=executable.version,
        scope=reference.scope,
        runtime=configuration["Runtime"] if image is None else IMAGE_RUNTIME,
        handler=configuration.get("Handler", ""),
        code=code,
        layers=tuple(layers),
        packaged_layers=packaged,
        memory_mb=configuration["MemorySize"],
        timeout_seconds=configuration["Timeout"],
        ephemeral_storage_mb=configuration["EphemeralStorage"]["Size"],
        environment=tuple(sorted(environment.items())),
        log_group=configuration["LoggingConfig"]["LogGroup"],
        revision=f"{configuration['RevisionId']}:{int(expires_at)}",
        tenant_id=executable.tenant_id,
        snap_start=executable.version != LATEST and configuration["SnapStart"]["ApplyOn"] == "PublishedVersions",
        image=image,
    )
    memory_of(platform).keep_spec(executable.configuration, spec, expires_at)
    return spec


def _environment(
    platform: Platform, reference: FunctionReference, configuration: Configuration, credentials: dict[str, Any]
) -> dict[str, str]:
    environment: dict[str, str] = {
        **configuration.get("Environment", {}).get("Variables", {}),
        "AWS_REGION": reference.scope.region,
        "AWS_DEFAULT_REGION": reference.scope.region,
        "AWS_ENDPOINT_URL": platform.limits.endpoint,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
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
    return {"AccessKeyId": reference.scope.account, "SecretAccessKey": "local", "SessionToken": f"local-{new_uuid()}"}
