"""Goes on with deployments: hooks, traffic, alarms, the end and the way back.

Everything that is done is written down first or can be done twice, so that a deployment goes on after a crash where it
was: weights of aliases are set to what the time that has passed means, and a hook is owed as a delivery.
"""

import json
from collections.abc import Callable
from functools import partial

from serein.kernel.call import Call
from serein.kernel.database import DeadLetter, Delivery, Policy, Target, Transaction
from serein.kernel.errors import AwsError
from serein.kernel.ids import random_bytes
from serein.kernel.paging import page_token
from serein.kernel.scope import Scope
from serein.services.codedeploy.creating import create_rollback
from serein.services.codedeploy.deployments import (
    ALLOW,
    BY_ROLLBACK,
    CREATED,
    EVENTS,
    FAILED,
    HOOK_SECONDS,
    IN_PROGRESS,
    STOPPED,
    SUCCEEDED,
    Deployment,
    rolls_back,
)
from serein.services.codedeploy.notifications import tell
from serein.services.codedeploy.revisions import BEFORE
from serein.services.codedeploy.store import deployments as store

LEASE_SECONDS = 60.0
_ALL = 100.0
_DONE = frozenset({"Succeeded", "Skipped"})
_TOLD = {SUCCEEDED: "DeploymentSuccess", FAILED: "DeploymentFailure", STOPPED: "DeploymentStop"}


async def advance_due(call: Call) -> None:
    """Go on with every deployment that is due."""
    while (deployment := await call.write(lambda tx: store.claim_due(tx, LEASE_SECONDS))) is not None:
        await advance(call, deployment.id, deployment.scope)


async def stop_alarmed(call: Call) -> None:
    """Have deployments looked at whose alarms went off."""
    for deployment in await call.read(store.under_way):
        if deployment.watched_alarms and await _alarmed(call, deployment):
            await advance(call, deployment.id, deployment.scope)


async def advance(call: Call, id: str, scope: Scope) -> None:
    """Do all that a deployment has to do now, and say when it goes on."""
    while True:
        deployment = await call.read(lambda tx: store.require_deployment(tx, scope, id))
        due = await _step(call, deployment)
        if due is not None and due <= call.now:
            continue
        if await call.write(partial(_rest, seen=deployment, due=due)):
            return


def _rest(tx: Transaction, seen: Deployment, due: float | None) -> bool:
    """Say when a deployment goes on; False when somebody has changed it since it was seen."""
    if store.require_deployment(tx, seen.scope, seen.id) != seen:
        return False
    store.set_due(tx, seen.id, due)
    return True


async def _change(call: Call, deployment: Deployment, change: Callable[[Transaction, Deployment], None]) -> float:
    """Change a deployment as it is now, and have it looked at again at once."""

    def write(tx: Transaction) -> None:
        current = store.require_deployment(tx, deployment.scope, deployment.id)
        if not current.has_ended:
            change(tx, current)
            store.save(tx, current)

    await call.write(write)
    return call.now


async def _step(call: Call, deployment: Deployment) -> float | None:
    """Do one thing; return when the next one is due (at once when something was done), None when all is done."""
    if deployment.has_ended:
        return None
    if deployment.record.stop_wanted:
        message = "The deployment was stopped by the user."
        return await _end(call, deployment, STOPPED, "MANUAL_STOP", message, "DEPLOYMENT_STOP_ON_REQUEST")
    problem = await _alarmed(call, deployment)
    if problem:
        return await _end(call, deployment, STOPPED, "ALARM_ACTIVE", problem, "DEPLOYMENT_STOP_ON_ALARM")
    if deployment.status == CREATED:
        return await _change(call, deployment, _start)
    for name in EVENTS:
        if deployment.event(name).status not in _DONE:
            return await (_traffic(call, deployment) if name == ALLOW else _hook(call, deployment, name))
    return await _end(call, deployment, SUCCEEDED)


async def _alarmed(call: Call, deployment: Deployment) -> str:
    """What is wrong with a deployment's alarms; empty when nothing is."""
    names = deployment.watched_alarms
    if not names:
        return ""
    request = {"AlarmNames": names, "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
    try:
        reply = await call.to("cloudwatch", "DescribeAlarms", request, scope=deployment.scope)
    except AwsError as error:
        if deployment.record.alarms.get("ignorePollAlarmFailure"):
            return ""
        return f"The states of the deployment's alarms can't be retrieved: {error.message}"
    found = {alarm["AlarmName"]: alarm["StateValue"] for alarm in reply["MetricAlarms"] + reply["CompositeAlarms"]}
    active = [name for name in names if found.get(name) == "ALARM"]
    if active:
        return (
            "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the "
            f"affected deployments have been stopped. Activated alarms: {', '.join(f'<{name}>' for name in active)}"
        )
    missing = [name for name in names if name not in found]
    if missing and not deployment.record.alarms.get("ignorePollAlarmFailure"):
        return f"The states of the deployment's alarms can't be retrieved: {', '.join(missing)} do not exist"
    return ""


def _start(tx: Transaction, deployment: Deployment) -> None:
    deployment.status = IN_PROGRESS
    deployment.record.started_at = tx.now
    tell(tx, deployment, "DeploymentStart")


async def _hook(call: Call, deployment: Deployment, name: str) -> float | None:
    """Have a hook function run, or look at what it has reported."""
    spec, event = deployment.record.app_spec, deployment.event(name)
    function = spec.before_hook if name == BEFORE else spec.after_hook
    if not function:
        return await _change(call, deployment, partial(_finish_event, name=name, status="Skipped"))
    if event.status == "Pending":
        execution_id = page_token([deployment.id, name, random_bytes(16).hex()])
        return await _change(call, deployment, partial(_start_hook, name=name, id=execution_id, function=function))
    if event.result == "Succeeded":
        return await _change(call, deployment, partial(_finish_event, name=name, status="Succeeded"))
    if event.result == "Failed":
        message = event.message or f"The function {function} reported that {name} failed."
        return await _fail_event(call, deployment, name, "HOOK_EXECUTION_FAILURE", message)
    if call.now >= event.started_at + HOOK_SECONDS:
        message = f"The function {function} did not report the result of {name} within an hour."
        return await _fail_event(call, deployment, name, "HOOK_EXECUTION_FAILURE", message)
    return event.started_at + HOOK_SECONDS


def _start_hook(tx: Transaction, deployment: Deployment, name: str, id: str, function: str) -> None:
    event = deployment.event(name)
    if event.status != "Pending":
        return
    event.status, event.started_at, event.execution_id = "InProgress", tx.now, id
    deployment.put_event(name, event)
    payload = {"DeploymentId": deployment.id, "LifecycleEventHookExecutionId": id}
    request = {"FunctionName": function, "InvocationType": "Event", "Payload": json.dumps(payload).encode()}
    failure = {"deploymentId": deployment.id, "lifecycleEventHookExecutionId": id}
    letter = DeadLetter(Target("codedeploy", "FailHook", deployment.scope), failure, error_member="error")
    tx.send(Delivery(Target("lambda", "Invoke", deployment.scope), request, Policy(dead_letter=letter)))


def _finish_event(tx: Transaction, deployment: Deployment, name: str, status: str, message: str = "") -> None:
    event = deployment.event(name)
    event.status, event.ended_at, event.message = status, tx.now, message
    event.started_at = event.started_at or tx.now
    deployment.put_event(name, event)


async def _fail_event(call: Call, deployment: Deployment, name: str, code: str, message: str) -> float:
    return await _end(call, deployment, FAILED, code, message, "DEPLOYMENT_FAILURE", failed_event=name)


async def _traffic(call: Call, deployment: Deployment) -> float | None:
    """Give the alias the weights that the time means."""
    record = deployment.record
    if deployment.event(ALLOW).status == "Pending":
        problem = await _find_problem(call, deployment)
        if problem:
            return await _fail_event(call, deployment, ALLOW, "INVALID_LAMBDA_CONFIGURATION", problem)
        return await _change(call, deployment, _start_traffic)
    passed = call.now - record.traffic_at
    percent = max(share for seconds, share in record.steps if seconds <= passed)
    if percent != record.weight:
        try:
            await _shift(call, deployment, percent)
        except AwsError as error:
            message = f"The alias can't be updated: {error.message}"
            return await _fail_event(call, deployment, ALLOW, "INVALID_LAMBDA_FUNCTION", message)
        return await _change(call, deployment, partial(_weigh, percent=percent))
    return record.traffic_at + min(seconds for seconds, _ in record.steps if seconds > passed)


def _start_traffic(tx: Transaction, deployment: Deployment) -> None:
    event = deployment.event(ALLOW)
    event.status, event.started_at = "InProgress", tx.now
    deployment.put_event(ALLOW, event)
    deployment.record.traffic_at = tx.now


def _weigh(tx: Transaction, deployment: Deployment, percent: float) -> None:
    deployment.record.weight = percent
    if percent >= _ALL:
        _finish_event(tx, deployment, ALLOW, "Succeeded")


async def _find_problem(call: Call, deployment: Deployment) -> str:
    """Why traffic can't be moved; empty when it can."""
    spec = deployment.record.app_spec
    request = {"FunctionName": spec.function, "Name": spec.alias}
    try:
        alias = await call.to("lambda", "GetAlias", request, scope=deployment.scope)
    except AwsError as error:
        return f"The alias {spec.alias} of the function {spec.function} can't be read: {error.message}"
    if deployment.record.creator != BY_ROLLBACK and alias["FunctionVersion"] != spec.current:
        # AWS: https://github.com/aws/serverless-application-model/issues/291
        return (
            "The deployment failed because the AppSpec file that specifies the AWS Lambda deployment configuration is "
            "missing or has an invalid configuration. The Lambda function alias version does not match the current "
            "version in AppSpec file."
        )
    return ""


async def _shift(call: Call, deployment: Deployment, percent: float) -> None:
    spec = deployment.record.app_spec
    is_all = percent >= _ALL or spec.target == spec.current
    weights = {} if is_all else {spec.target: percent / 100}
    request = {
        "FunctionName": spec.function,
        "Name": spec.alias,
        "FunctionVersion": spec.target if is_all else spec.current,
        "RoutingConfig": {"AdditionalVersionWeights": weights},
    }
    await call.to("lambda", "UpdateAlias", request, scope=deployment.scope)


async def _end(
    call: Call,
    deployment: Deployment,
    status: str,
    code: str = "",
    message: str = "",
    cause: str = "",
    *,
    failed_event: str = "",
) -> float:
    def change(tx: Transaction, current: Deployment) -> None:
        record = current.record
        current.status, record.completed_at = status, tx.now
        record.error_code, record.error_message = code, message
        if failed_event:
            _finish_event(tx, current, failed_event, "Failed", message)
        _close_events(tx, current)
        if cause and rolls_back(current, cause):
            create_rollback(tx, current)
        tell(tx, current, _TOLD[status])
        triggering = record.rollback_info.get("rollbackTriggeringDeploymentId")
        if triggering:
            _settle_rollback(tx, current, triggering)

    return await _change(call, deployment, change)


def _close_events(tx: Transaction, deployment: Deployment) -> None:
    for name in EVENTS:
        event = deployment.event(name)
        if event.status == "InProgress":
            _finish_event(tx, deployment, name, "Failed", event.message)
        elif event.status == "Pending":
            event.status = "Skipped"
            deployment.put_event(name, event)


def _settle_rollback(tx: Transaction, deployment: Deployment, triggering: str) -> None:
    """Say, where it can be seen, how a rollback ended."""
    word = "succeeded" if deployment.status == SUCCEEDED else "failed"
    message = f"Deployment {triggering} was rolled back as deployment {deployment.id}: the rollback {word}"
    deployment.record.rollback_info["rollbackMessage"] = message
    other = store.find_deployment(tx, deployment.scope, triggering)
    if other is not None:
        other.record.rollback_info["rollbackMessage"] = message
        store.save(tx, other)
