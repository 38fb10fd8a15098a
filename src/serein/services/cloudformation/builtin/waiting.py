"""AWS::CloudFormation::WaitConditionHandle, a URL that takes signals, and WaitCondition, which waits for them."""

import json

from serein.kernel.database import Transaction
from serein.kernel.ids import random_hex
from serein.kernel.resource import Deployment, Made, Properties
from serein.services.cloudformation.builtin.answers import inner
from serein.services.cloudformation.callbacks import SIGNAL_PATH
from serein.services.cloudformation.errors import HandlerPending, ResourceFailure
from serein.services.cloudformation.store import resources

Signal = tuple[str, str, str, str]


class WaitConditionHandleType:
    """Ref is the URL."""

    properties: frozenset[str] = frozenset()
    replaced_by: frozenset[str] = frozenset()
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        return Made(f"{inner(deployment).platform.limits.endpoint}{SIGNAL_PATH}{random_hex(48)}")

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return Made(physical_id)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        return None


class WaitConditionType:
    """Ref is a name that CloudFormation forms; the attribute Data is a JSON object of the signals' data."""

    properties = frozenset({"Count", "Handle", "Timeout"})
    replaced_by: frozenset[str] = frozenset()
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        own = inner(deployment)
        if "Handle" not in properties:
            # A creation policy says what it waits for.
            return Made(own.physical_name(128), {"Data": "{}"})
        handle = str(properties["Handle"]).rpartition("/")[2]
        count = int(properties.get("Count", 1))
        timeout = float(properties.get("Timeout", 43_200))

        def write(tx: Transaction) -> tuple[float, list[Signal]]:
            if resources.is_watched(tx, handle, own.purpose):
                raise ResourceFailure("Another wait condition uses this handle already")
            deadline = resources.watch_signals(tx, own.stack_id, own.purpose, handle, tx.now + timeout)
            return deadline, resources.signals_of(tx, handle)

        deadline, signals = await own.platform.database.write(write)
        failed = next((signal for signal in signals if signal[1] != "SUCCESS"), None)
        if failed is not None:
            raise ResourceFailure(f"WaitCondition received failed message: '{failed[2]}' for uniqueId: {failed[0]}")
        if len(signals) < count:
            if own.platform.clock.now() < deadline:
                raise HandlerPending(deadline)
            raise ResourceFailure(f"WaitCondition timed out. Received {len(signals)} conditions when expecting {count}")
        data = json.dumps({unique_id: text for unique_id, _, _, text in signals}, separators=(",", ":"))
        return Made(own.physical_name(128), {"Data": data})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        # AWS: a wait condition is not updated (its properties' changes are refused).
        raise ResourceFailure("Update to resource type AWS::CloudFormation::WaitCondition is not supported.")

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        return None
