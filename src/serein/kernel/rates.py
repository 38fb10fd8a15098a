"""Limits of so many a second for what is delivered: who comes too early is told a later second, which is then taken."""


def take_slot(slots: dict[str, tuple[int, int]], key: str, rate: int, now: float) -> float:
    """The seconds to wait for a place among `rate` a second; 0 when there is one now.

    `slots` are the second that is being filled, and how many places of it are taken, by what is limited.
    """
    second, taken = slots.get(key, (0, 0))
    if second < int(now):
        second, taken = int(now), 0
    if taken >= rate:
        second, taken = second + 1, 0
    slots[key] = (second, taken + 1)
    return max(0.0, second - now)
