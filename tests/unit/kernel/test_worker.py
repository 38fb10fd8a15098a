"""Activities: when they are busy, and when they only wait."""

import asyncio

from serein.kernel.clock import VirtualClock
from serein.kernel.worker import Activities, wait_until
from serein.storage.local_bus import LocalBus


def test_an_activity_that_waits_is_idle_until_it_is_woken_or_its_time_comes() -> None:
    async def story() -> list[bool]:
        clock = VirtualClock(100.0)
        bus = LocalBus(clock)
        activities = Activities(bus)
        woken: list[bool] = []

        async def work() -> None:
            subscription = bus.subscribe("topic")
            woken.append(await wait_until(clock, subscription, 105.0))
            woken.append(await wait_until(clock, subscription, 105.0))
            woken.append(await wait_until(clock, subscription, 90.0))
            subscription.close()

        task = activities.start("work", work())
        assert activities.busy(clock.now()) == ["work"]
        while activities.busy(clock.now()):
            await asyncio.sleep(0)
        bus.wake("topic")
        assert activities.busy(clock.now()) == ["work"]
        while activities.busy(clock.now()):
            await asyncio.sleep(0)
        assert woken == [True]
        assert activities.busy(105.0) == ["work"]
        await clock.advance(5.0, lambda: asyncio.sleep(0))
        await task
        return woken

    assert asyncio.run(story()) == [True, False, False]
