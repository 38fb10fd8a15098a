"""The rows of frames, as the interpreter sees them: read when they are asked for, written at the end of a step."""

from collections.abc import Callable
from typing import Any

import msgspec

from serein.kernel.database import Row, Transaction
from serein.services.stepfunctions.interpreter.frames import ABORTED, FAILED, PERFORMING, Frame, FrameData
from serein.services.stepfunctions.store.large import LARGE_BYTES, find_large, put_large
from serein.services.stepfunctions.store.timers import Timer, clear_timers, set_timer

_COLUMNS = "id, record, data"
_SELECT = f"SELECT {_COLUMNS} FROM stepfunctions_frames WHERE execution_id = :execution_id"
_WITHIN = (
    "WITH RECURSIVE within (id) AS (SELECT id FROM stepfunctions_frames WHERE execution_id = :execution_id"
    " AND parent_id = :parent UNION ALL SELECT f.id FROM stepfunctions_frames f JOIN within w ON f.parent_id = w.id"
    " WHERE f.execution_id = :execution_id) SELECT id FROM within"
)
_OF_THOSE = f"execution_id = :execution_id AND {{}} IN ({_WITHIN})"
_record: Callable[[bytes], Frame] = msgspec.json.Decoder(Frame).decode
_data: Callable[[bytes], FrameData] = msgspec.json.Decoder(FrameData).decode
_decode: Callable[[bytes], Any] = msgspec.json.Decoder().decode
_encode = msgspec.json.encode
_MOST_KEPT_BYTES = 4_000_000
_NOTHING = b"{}"


class Kept:
    """Large data by execution, frame and version: each iteration of a Map reads that of the frame around it."""

    def __init__(self) -> None:
        self._data: dict[tuple[int, int, int], FrameData] = {}
        self._size_bytes = 0

    def find(self, key: tuple[int, int, int]) -> FrameData | None:
        return self._data.get(key)

    def put(self, key: tuple[int, int, int], data: FrameData, size_bytes: int) -> None:
        """Keep data; what there was goes when it is too much."""
        if self._size_bytes > _MOST_KEPT_BYTES:
            self._data = {}
            self._size_bytes = 0
        self._data[key] = data
        self._size_bytes += size_bytes


class StoredFrames:
    """The frames of one execution within one transaction. `flush` writes what has changed."""

    def __init__(self, tx: Transaction, execution_id: int, server: str, kept: Kept, *, had_large: bool) -> None:
        self._tx = tx
        self._had_large = had_large
        self._execution_id = execution_id
        self._server = server
        self._kept = kept
        self._frames: dict[int, Frame] = {}
        self._data: dict[int, FrameData | bytes] = {}
        self._new: set[int] = set()
        self._touched: set[int] = set()
        self._replaced: set[int] = set()
        self._results: dict[int, str] = {}
        self._timers: dict[tuple[int, str], float] = {}
        self.has_large = False
        """Whether large data was stored."""

    def find(self, frame_id: int) -> Frame | None:
        found = self._frames.get(frame_id)
        if found is None:
            row = self._tx.one(f"{_SELECT} AND id = :id", execution_id=self._execution_id, id=frame_id)
            found = None if row is None else self._loaded(row)
        return found

    def require(self, frame_id: int) -> Frame:
        found = self.find(frame_id)
        if found is None:
            raise LookupError(f"execution {self._execution_id} has no frame {frame_id}")
        return found

    def data_of(self, frame: Frame) -> FrameData:
        data = self._data[frame.id]
        if isinstance(data, FrameData):
            return data
        found = _data(data) if data else self._large(frame)
        self._data[frame.id] = found
        return found

    def _large(self, frame: Frame) -> FrameData:
        key = (self._execution_id, frame.id, frame.version)
        found = self._kept.find(key)
        if found is None:
            content = find_large(self._tx, self._execution_id, frame.id)
            found = _data(content)
            self._kept.put(key, found, len(content))
        return found

    def add(self, frame: Frame, data: FrameData) -> None:
        self._frames[frame.id] = frame
        self._data[frame.id] = data
        self._new.add(frame.id)

    def replace_data(self, frame: Frame, data: FrameData) -> None:
        frame.version += 1
        self._data[frame.id] = data
        self._replaced.add(frame.id)
        self._touched.add(frame.id)

    def touch(self, frame: Frame) -> None:
        self._touched.add(frame.id)

    def keep_result(self, frame: Frame, output: str) -> None:
        self._results[frame.id] = output
        self._touched.add(frame.id)

    def results_of(self, parent: Frame) -> list[Any]:
        self.flush()
        rows = self._tx.all(
            "SELECT result FROM stepfunctions_frames WHERE execution_id = :execution_id AND parent_id = :parent"
            " ORDER BY position",
            execution_id=self._execution_id,
            parent=parent.id,
        )
        return [_decode(bytes(row[0])) for row in rows]

    def open_within(self, parent: Frame) -> list[Frame]:
        return [child for child in self._within(parent) if not child.is_over]

    def unfinished_within(self, parent: Frame) -> list[Frame]:
        return [child for child in self._within(parent) if child.phase in (FAILED, ABORTED)]

    def _within(self, parent: Frame) -> list[Frame]:
        """Those that haven't ended well: of many iterations most have, and needn't be read."""
        self.flush()
        rows = self._tx.all(
            f"{_SELECT} AND parent_id = :parent AND result IS NULL ORDER BY position",
            execution_id=self._execution_id,
            parent=parent.id,
        )
        return [self._frames.get(row[0]) or self._loaded(row) for row in rows]

    def remove_within(self, parent: Frame) -> None:
        if not parent.total:
            return
        self.flush()
        around = {"execution_id": self._execution_id, "parent": parent.id}
        for (frame_id,) in self._tx.all(_WITHIN, **around):
            self._frames.pop(frame_id, None)
        if self.has_large or self._had_large:
            self._tx.run(f"DELETE FROM stepfunctions_large WHERE {_OF_THOSE.format('frame_id')}", **around)
        self._tx.run(f"DELETE FROM stepfunctions_timers WHERE {_OF_THOSE.format('frame_id')}", **around)
        self._tx.run(f"DELETE FROM stepfunctions_frames WHERE {_OF_THOSE.format('id')}", **around)

    def set_timer(self, frame: Frame, kind: str, due_at: float) -> None:
        frame.has_timers = True
        self._timers[frame.id, kind] = due_at
        self._touched.add(frame.id)

    def clear_timers(self, frame: Frame) -> None:
        if not frame.has_timers:
            return
        frame.has_timers = False
        self._touched.add(frame.id)
        for key in [key for key in self._timers if key[0] == frame.id]:
            del self._timers[key]
        if frame.id not in self._new:
            clear_timers(self._tx, self._execution_id, frame.id)

    def flush(self) -> None:
        """Write what has changed so far."""
        for frame_id in self._new:
            self._insert(self._frames[frame_id])
        for frame_id in self._touched - self._new:
            if frame_id in self._frames:
                self._update(self._frames[frame_id])
        for (frame_id, kind), due_at in self._timers.items():
            set_timer(self._tx, Timer(self._execution_id, frame_id, kind), due_at)
        self._new.clear()
        self._touched.clear()
        self._replaced.clear()
        self._results.clear()
        self._timers.clear()

    def _insert(self, frame: Frame) -> None:
        self._tx.run(
            "INSERT INTO stepfunctions_frames (execution_id, id, parent_id, position, owner, record, data, result)"
            " VALUES (:execution_id, :id, :parent_id, :position, :owner, :record, :data, :result)",
            execution_id=self._execution_id,
            id=frame.id,
            parent_id=frame.parent_id,
            position=frame.position,
            owner=self._owner(frame),
            record=_encode(frame),
            data=self._encoded(frame),
            result=self._result(frame),
        )

    def _update(self, frame: Frame) -> None:
        values: dict[str, Any] = {"owner": self._owner(frame), "record": _encode(frame)}
        if frame.id in self._replaced:
            values["data"] = self._encoded(frame)
        if frame.id in self._results:
            values["result"] = self._result(frame)
        columns = ", ".join(f"{name} = :{name}" for name in values)
        self._tx.run(
            f"UPDATE stepfunctions_frames SET {columns} WHERE execution_id = :execution_id AND id = :id",
            execution_id=self._execution_id,
            id=frame.id,
            **values,
        )

    def _owner(self, frame: Frame) -> str:
        return self._server if frame.phase == PERFORMING else ""

    def _encoded(self, frame: Frame) -> bytes:
        """The frame's data for its row: nothing when it is large, and elsewhere."""
        data = self._data[frame.id]
        content = data if isinstance(data, bytes) else _encode(data)
        if len(content) <= LARGE_BYTES:
            return content
        self.has_large = True
        put_large(self._tx, self._execution_id, frame.id, content)
        return b""

    def _result(self, frame: Frame) -> bytes | None:
        result = self._results.get(frame.id)
        return None if result is None else result.encode()

    def _loaded(self, row: Row) -> Frame:
        frame_id, record, data = row
        frame = _record(bytes(record))
        self._frames[frame_id] = frame
        self._data[frame_id] = bytes(data)
        return frame


def list_orphans(tx: Transaction, servers: list[str], limit: int) -> list[tuple[int, int]]:
    """Executions and frames whose tasks are performed by none of the servers."""
    rows: list[Row] = []
    owner = ""
    while len(rows) < limit:
        found = tx.one("SELECT min(owner) FROM stepfunctions_frames WHERE owner > :owner", owner=owner)
        if found is None or found[0] is None:
            break
        owner = found[0]
        if owner not in servers:
            rows += tx.all(
                "SELECT execution_id, id FROM stepfunctions_frames WHERE owner = :owner"
                " ORDER BY execution_id, id LIMIT :limit",
                owner=owner,
                limit=limit - len(rows),
            )
    return [(execution_id, frame_id) for execution_id, frame_id in rows]


def adopt(tx: Transaction, execution_id: int, frame_id: int, owner: str) -> None:
    """Have a frame belong to another server."""
    tx.run(
        "UPDATE stepfunctions_frames SET owner = :owner WHERE execution_id = :execution_id AND id = :id",
        execution_id=execution_id,
        id=frame_id,
        owner=owner,
    )


def remove_frames(tx: Transaction, execution_id: int) -> None:
    """Forget the frames of an execution that ended well."""
    tx.run("DELETE FROM stepfunctions_frames WHERE execution_id = :execution_id", execution_id=execution_id)


def append_claim(tx: Transaction, execution_id: int, owner: str) -> None:
    """Say who runs an Express execution: its one row among the frames."""
    tx.run(
        "INSERT INTO stepfunctions_frames (execution_id, id, parent_id, position, owner, record, data)"
        " VALUES (:execution_id, 1, 0, 0, :owner, :nothing, :nothing) ON CONFLICT (execution_id, id)"
        " DO UPDATE SET owner = :owner",
        execution_id=execution_id,
        owner=owner,
        nothing=_NOTHING,
    )
