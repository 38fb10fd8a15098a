"""Java's random numbers, for results that follow from a seed as they do on AWS."""

_MASK = (1 << 48) - 1
_MULTIPLIER = 0x5DEECE66D


class JavaRandom:
    """`java.util.Random`.

    AWS: `$random(42)` is 0.7275636800328681, which is what Java gives for the seed 42.
    """

    def __init__(self, seed: int) -> None:
        self._state = (seed ^ _MULTIPLIER) & _MASK

    def next_double(self) -> float:
        """The next number in [0, 1)."""
        return ((self._next(26) << 27) + self._next(27)) / (1 << 53)

    def _next(self, bits: int) -> int:
        self._state = (self._state * _MULTIPLIER + 0xB) & _MASK
        return self._state >> (48 - bits)
