"""How alike vectors are: AWS's scores, and the best of them.

AWS: `COSINE` goes from 0 (the same direction) to 2 (the opposite), `EUCLIDEAN` is the distance, and in both less is
more alike; of `DOT_PRODUCT` more is (the API reference of SearchVectors). The cosine of a vector of zeros is taken
to be 0, which makes a score of 1: it is like nothing and unlike nothing.

Scores are computed in 64 bits from vectors of 32, so that a vector's score with itself is 0 to the last digits.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from serein.services.dynamodb.vectors.indexes import COSINE, DOT_PRODUCT, EUCLIDEAN

Scores = Callable[[Any, Any], Any]


class Scored(NamedTuple):
    """A score, and what has it."""

    score: float
    item: Any


class Ranking:
    """The `count` best vectors among those that it has been shown. Of equals, the first shown is the better."""

    __slots__ = ("_count", "_descends", "_query", "_scores", "best")

    def __init__(self, distance: str, query: bytes, count: int) -> None:
        """`query` is a vector as indexes store it."""
        self._scores = _SCORES[distance]
        self._descends = distance == DOT_PRODUCT
        self._query = _matrix([query])[0]
        self._count = count
        self.best: list[Scored] = []

    def add(self, items: Sequence[Any], vectors: list[bytes]) -> None:
        """Rank vectors among those there are; `items` are what they belong to."""
        if not items:
            return
        scores = self._scores(_matrix(vectors), self._query)
        order = (-scores if self._descends else scores).argsort(kind="stable")[: self._count]
        found = [Scored(float(scores[at]), items[at]) for at in order]
        self.best = sorted(self.best + found, key=self._rank)[: self._count]

    def _rank(self, scored: Scored) -> float:
        return -scored.score if self._descends else scored.score


def load_numpy() -> Any:
    """NumPy, which takes 100 ms to import for the first time: let a thread do that."""
    # Why here: only searches in vectors need it, and it takes 25 MB.
    import numpy

    return numpy


def shortest_decimals(vector: bytes) -> list[str]:
    """A stored vector's numbers, each in the fewest digits that mean the same 32-bit float."""
    numpy = load_numpy()
    return [str(number) for number in numpy.frombuffer(vector, dtype="<f4")]


def _matrix(vectors: list[bytes]) -> Any:
    numpy = load_numpy()
    flat = numpy.frombuffer(b"".join(vectors), dtype="<f4")
    return flat.reshape(len(vectors), -1).astype(numpy.float64)


def _cosine(matrix: Any, query: Any) -> Any:
    numpy = load_numpy()
    lengths = numpy.sqrt(numpy.einsum("ij,ij->i", matrix, matrix)) * numpy.sqrt(query @ query)
    cosines = numpy.divide(matrix @ query, lengths, out=numpy.zeros(len(matrix)), where=lengths > 0)
    return numpy.clip(1.0 - cosines, 0.0, 2.0)


def _euclidean(matrix: Any, query: Any) -> Any:
    numpy = load_numpy()
    matrix -= query
    return numpy.sqrt(numpy.einsum("ij,ij->i", matrix, matrix))


def _dot_product(matrix: Any, query: Any) -> Any:
    return matrix @ query


_SCORES: dict[str, Scores] = {COSINE: _cosine, EUCLIDEAN: _euclidean, DOT_PRODUCT: _dot_product}
