"""Token buckets: how many requests may come in a second, and how many at once."""

from collections import OrderedDict
from collections.abc import Hashable

_MOST_BUCKETS = 10_000


class TokenBucket:
    """Fills at `rate` tokens a second, up to `burst`; a request takes one."""

    __slots__ = ("_at", "_tokens", "burst", "rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate = rate
        self.burst = burst
        self._tokens = burst
        self._at = now

    def refill(self, now: float) -> float:
        """The tokens that are there."""
        if now > self._at:
            self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate)
            self._at = now
        return self._tokens

    def take(self, now: float) -> bool:
        """Take a token; False when there is none."""
        if self.refill(now) < 1:
            return False
        self._tokens -= 1
        return True

    def give_back(self) -> None:
        """Put a token back that was taken for a request that another limit refused."""
        self._tokens = min(self.burst, self._tokens + 1)

    def limit(self, rate: float, burst: float, now: float) -> None:
        """Change the limits from now on."""
        self.refill(now)
        self.rate, self.burst = rate, burst
        self._tokens = min(self._tokens, burst)


class TokenBuckets:
    """Buckets by what they are for; the ones that nobody asked of for longest are forgotten, full again if needed."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[Hashable, TokenBucket] = OrderedDict()

    def take(self, key: Hashable, rate: float, burst: float, now: float) -> bool:
        """Take a token from the bucket of `key`; False when it is empty.

        `rate` is tokens a second and `burst` the most that are kept, as they are set now; a new bucket is full.
        """
        return self.bucket(key, rate, burst, now).take(now)

    def bucket(self, key: Hashable, rate: float, burst: float, now: float) -> TokenBucket:
        """The bucket of `key`, with the limits that hold now."""
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = TokenBucket(rate, burst, now)
            if len(self._buckets) > _MOST_BUCKETS:
                self._buckets.popitem(last=False)
            return bucket
        self._buckets.move_to_end(key)
        if bucket.rate != rate or bucket.burst != burst:
            bucket.limit(rate, burst, now)
        return bucket
