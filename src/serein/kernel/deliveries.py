"""The worker that makes deliveries: calls that a committed transaction owes.

At least once: a delivery's row goes only after its call succeeded, so a crash in between calls again. Rows are
claimed with a lease, so that several nodes on one database share the work.
"""

import base64
import functools
import json
from collections.abc import Callable
from typing import Any, Protocol

from serein.kernel.call import Platform
from serein.kernel.database import DeadLetter, Delivery, Policy, Target, Transaction
from serein.kernel.errors import AwsError, Reschedule
from serein.kernel.ids import random_fraction
from serein.kernel.scope import Caller, Scope

TOPIC = "deliveries"
LEASE_SECONDS = 60.0
_CONCURRENT = 64


class ClaimedDelivery:
    """A delivery whose turn it is, leased to this node."""

    __slots__ = ("attempts", "created_at", "id", "policy", "request", "target")

    def __init__(self, id: str, target: str, request: str, policy: str, attempts: int, created_at: float) -> None:
        self.id = id
        self.target = _target(target)
        self.request: dict[str, Any] = decode_request(request)
        self.policy = _policy(policy)
        self.attempts = attempts
        self.created_at = created_at


class DeliveryStore(Protocol):
    """The rows of deliveries (`storage/deliveries.py`)."""

    def claim(self, tx: Transaction, limit: int, lease_seconds: float) -> list[ClaimedDelivery]:
        """Lease up to `limit` due deliveries, oldest first."""

    def next_due(self, tx: Transaction) -> float | None:
        """When the next unleased delivery is due, or a lease runs out."""

    def renew(self, tx: Transaction, ids: list[str], lease_seconds: float) -> None:
        """Keep deliveries that are still being made."""

    def remove(self, tx: Transaction, id: str) -> None:
        """Forget a delivery that was made or given up."""

    def postpone(self, tx: Transaction, id: str, request: str, attempts: int, due_at: float, error: str) -> None:
        """Let go of a delivery until `due_at`."""


class DeliveryWorker:
    """Makes what is due, several at once."""

    name = "deliveries"
    topics: tuple[str, ...] = (TOPIC,)

    def __init__(self, platform: Platform, store: DeliveryStore) -> None:
        self._platform = platform
        self._store = store
        self._under_way: set[str] = set()
        self._renew_at = 0.0

    async def step(self) -> float | None:
        platform, now = self._platform, self._platform.clock.now()
        if self._under_way and now >= self._renew_at:
            held = list(self._under_way)
            await platform.database.write(lambda tx: self._store.renew(tx, held, LEASE_SECONDS))
        self._renew_at = now + LEASE_SECONDS / 3
        room = _CONCURRENT - len(self._under_way)
        if room > 0:
            due = await platform.database.read(self._store.next_due)
            if due is not None and due <= now:
                for claimed in await platform.database.write(lambda tx: self._store.claim(tx, room, LEASE_SECONDS)):
                    self._under_way.add(claimed.id)
                    platform.workers.activities.start(str(claimed.target), self._make(claimed), wakes=TOPIC)
        if len(self._under_way) >= _CONCURRENT:
            return self._renew_at
        due = await platform.database.read(self._store.next_due)
        if self._under_way:
            return self._renew_at if due is None else min(due, self._renew_at)
        return due

    async def _make(self, delivery: ClaimedDelivery) -> None:
        store, target = self._store, delivery.target
        try:
            await self._platform.call(
                target.service,
                target.operation,
                delivery.request,
                scope=target.scope,
                caller=_caller(target),
                trace_id=target.trace_id,
            )
            await self._settle(lambda tx: store.remove(tx, delivery.id))
        except Reschedule as reschedule:
            again = reschedule
            request = encode_request(again.request if again.request is not None else delivery.request)
            attempts = delivery.attempts
            await self._settle(
                lambda tx: store.postpone(tx, delivery.id, request, attempts, tx.now + again.after_seconds, "")
            )
        except AwsError as failure:
            error = failure
            await self._settle(lambda tx: self._after_failure(tx, delivery, error))
        finally:
            self._under_way.discard(delivery.id)

    async def _settle(self, fn: Callable[[Transaction], None]) -> None:
        await self._platform.database.write(fn)

    def _after_failure(self, tx: Transaction, delivery: ClaimedDelivery, error: AwsError) -> None:
        policy, attempts = delivery.policy, delivery.attempts + 1
        worth_it = policy.retries_sender_faults or not error.is_sender_fault
        wait = policy.backoff_seconds[min(attempts, len(policy.backoff_seconds)) - 1] * (0.5 + random_fraction() / 2)
        in_time = tx.now + wait - delivery.created_at <= policy.maximum_age_seconds
        if worth_it and attempts < policy.maximum_attempts and in_time:
            text = f"{error.code}: {error.message}"
            self._store.postpone(tx, delivery.id, encode_request(delivery.request), attempts, tx.now + wait, text)
            return
        if policy.dead_letter is not None:
            tx.send(dead_letter_delivery(policy.dead_letter, delivery.request, error))
        self._store.remove(tx, delivery.id)


def dead_letter_delivery(rule: DeadLetter, request: dict[str, Any], error: AwsError) -> Delivery:
    """The delivery that a given-up one turns into."""
    letter = dict(rule.request)
    if rule.payload_member:
        letter[rule.payload_member] = encode_request(request)
    if rule.error_member:
        letter[rule.error_member] = f"{error.code}: {error.message}"
    return Delivery(rule.target, letter)


def encode_request(request: dict[str, Any]) -> str:
    """JSON text of a request; bytes become `{"$bytes": base64}`."""
    return json.dumps(request, separators=(",", ":"), default=_encode_bytes)


def decode_request(text: str) -> dict[str, Any]:
    """The request that `encode_request` wrote."""
    # Why two ways: the hook is called for each object, and few requests have bytes in them.
    decoded: dict[str, Any] = json.loads(text, object_hook=_decode_bytes) if '"$bytes"' in text else json.loads(text)
    return decoded


@functools.lru_cache(maxsize=4096)
def encode_target(target: Target) -> str:
    fields: list[Any] = [target.service, target.operation, target.scope.account, target.scope.region]
    if target.source is not None:
        fields += [target.trace_id, target.source]
    elif target.trace_id:
        fields.append(target.trace_id)
    return json.dumps(fields)


def encode_policy(policy: Policy) -> str:
    # Why: a fan-out sends many deliveries of one policy, and one with a dead letter can't be hashed.
    return _encode_plain(policy) if policy.dead_letter is None else json.dumps(_fields_of(policy))


@functools.lru_cache(maxsize=1024)
def _encode_plain(policy: Policy) -> str:
    return json.dumps(_fields_of(policy))


def _fields_of(policy: Policy) -> dict[str, Any]:
    letter = policy.dead_letter
    return {
        "maximum_attempts": policy.maximum_attempts,
        "backoff_seconds": policy.backoff_seconds,
        "maximum_age_seconds": policy.maximum_age_seconds,
        "retries_sender_faults": policy.retries_sender_faults,
        "dead_letter": letter
        and {
            "target": encode_target(letter.target),
            "request": encode_request(letter.request),
            "payload_member": letter.payload_member,
            "error_member": letter.error_member,
        },
    }


def _encode_bytes(value: object) -> dict[str, str]:
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    raise TypeError(f"a delivery's request holds JSON values and bytes, not {type(value).__name__}")


def _decode_bytes(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["$bytes"]) if value.keys() == {"$bytes"} else value


@functools.lru_cache(maxsize=4096)
def _target(text: str) -> Target:
    service, operation, account, region, *rest = json.loads(text)
    source = tuple(rest[1]) if len(rest) > 1 else None
    return Target(service, operation, Scope(account, region), rest[0] if rest else "", source)


def _caller(target: Target) -> Caller | None:
    return None if target.source is None else Caller.of_service(target.source[0], target.scope, *target.source[1:])


def _policy(text: str) -> Policy:
    fields = json.loads(text)
    letter = fields.pop("dead_letter")
    fields["backoff_seconds"] = tuple(fields["backoff_seconds"])
    if letter:
        letter["target"], letter["request"] = _target(letter["target"]), decode_request(letter["request"])
    return Policy(**fields, dead_letter=DeadLetter(**letter) if letter else None)
