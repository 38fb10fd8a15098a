"""Large contents, apart from the rows that every step writes.

Why: a row is written as a whole. A Map of a thousand items, each of which changes a count in the frame around it, would
write its items a thousand times.
"""

from serein.kernel.database import Transaction

LARGE_BYTES = 2048
INPUT = 0
"""The number that an execution's input has among its frames."""


def put_large(tx: Transaction, execution_id: int, frame_id: int, content: bytes) -> None:
    tx.run(
        "INSERT INTO stepfunctions_large (execution_id, frame_id, content) VALUES (:execution_id, :frame_id, :content)"
        " ON CONFLICT (execution_id, frame_id) DO UPDATE SET content = :content",
        execution_id=execution_id,
        frame_id=frame_id,
        content=content,
    )


def find_large(tx: Transaction, execution_id: int, frame_id: int) -> bytes:
    """The content; empty when there is none."""
    row = tx.one(
        "SELECT content FROM stepfunctions_large WHERE execution_id = :execution_id AND frame_id = :frame_id",
        execution_id=execution_id,
        frame_id=frame_id,
    )
    return b"" if row is None else bytes(row[0])


def remove_large_frames(tx: Transaction, execution_id: int) -> None:
    """Remove what frames have, and keep the execution's input."""
    tx.run(
        "DELETE FROM stepfunctions_large WHERE execution_id = :execution_id AND frame_id > :input",
        execution_id=execution_id,
        input=INPUT,
    )
