"""Executions whose frames are rows do what executions in memory do, event by event, whatever their machine."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from serein.services import stepfunctions
from serein.services.stepfunctions.interpreter import interpreting
from serein.services.stepfunctions.interpreter.effects import Perform
from serein.services.stepfunctions.interpreter.facts import Facts
from serein.services.stepfunctions.interpreter.outcomes import Done, Failed
from serein.services.stepfunctions.interpreter.run import Run
from serein.services.stepfunctions.store.frames import Kept, StoredFrames, list_orphans
from serein.services.stepfunctions.store.history import append_events, list_events, list_events_back
from serein.services.stepfunctions.store.timers import Timer, clear_timer, list_due, next_after
from serein.storage.migrations import statements_of
from serein.storage.sqlite import SqliteDatabase, SqliteTransaction
from tests.unit.stepfunctions.executions import BEGAN_AT, EXECUTION, FUNCTION, MACHINE, ROLE, Answer, Execution

SCHEMA = Path(stepfunctions.__path__[0]) / "schema" / "0001_executions.sql"


@pytest.fixture
def tx() -> SqliteTransaction:
    connection = apsw.Connection(":memory:")
    for statement in statements_of(SCHEMA):
        connection.execute(SqliteDatabase.dialect(statement))
    return SqliteTransaction(connection)


class Rows(Execution):
    """Every step reads what it needs from rows and leaves rows."""

    tx: SqliteTransaction

    def step(self, happen: Callable[[Run], None]) -> None:
        frames = StoredFrames(self.tx, 7, "server", Kept(), had_large=True)
        facts = Facts(
            7,
            EXECUTION,
            "e",
            MACHINE,
            "m",
            ROLE,
            BEGAN_AT,
            lambda: json.dumps(self.given),
            redrive_count=self.redrive_count,
            redriven_at=self.now,
        )
        run = Run(facts, self.parsed, frames, self.now, len(self.events), self.next_frame_id)
        happen(run)
        frames.flush()
        if run.journal.events:
            append_events(self.tx, 7, run.journal.events)
        self.events += run.journal.events
        self.effects += run.effects
        self.next_frame_id, self.ended = run.next_frame_id, run.ended

    def answer(self, answers: Any = None) -> None:
        effect = self.effects.pop(0)
        assert isinstance(effect, Perform)

        def settle(run: Run) -> None:
            frame = run.frames.find(effect.frame_id)
            if frame is not None and frame.task == effect.task and not frame.is_over:
                interpreting.settle(run, frame, answers(effect))

        self.step(settle)

    @property
    def timers(self) -> list[tuple[float, int, str]]:
        rows = self.tx.all("SELECT due_at, frame_id, kind FROM stepfunctions_timers ORDER BY due_at, frame_id, kind")
        return [(due_at, frame_id, kind) for due_at, frame_id, kind in rows]

    def ring(self) -> None:
        due_at, frame_id, kind = self.timers[0]
        self.now = max(self.now, due_at)
        assert clear_timer(self.tx, Timer(7, frame_id, kind))
        self.step(lambda run: interpreting.ring(run, run.frames.require(frame_id), kind))

    def go_on(self, answers: Any = None) -> None:
        while self.ended is None and (self.effects or self.timers):
            if self.effects:
                self.answer(answers)
            else:
                self.ring()


class Maker:
    """Makes a machine of all that states can do, out of a number."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._count = 0

    def machine(self, depth: int = 0) -> dict[str, Any]:
        draw = self.random
        names = [self._name() for _ in range(draw.randint(1, 4))]
        states = {}
        for name, following in zip(names, [*names[1:], ""], strict=True):
            state = self._state(name, depth)
            state |= {"Next": following} if following else {"End": True}
            if state["Type"] in ("Task", "Map", "Parallel"):
                state |= self._retry()
                if following and draw.random() < 0.3:
                    state["Catch"] = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.caught", "Next": names[-1]}]
            states[name] = state
        return {"StartAt": names[0], "States": states}

    def _name(self) -> str:
        self._count += 1
        return f"S{self._count}"

    def _retry(self) -> dict[str, Any]:
        draw = self.random
        if draw.random() < 0.5:
            return {}
        attempts, interval = draw.randint(0, 2), draw.randint(1, 2)
        return {"Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": interval, "MaxAttempts": attempts}]}

    def _state(self, name: str, depth: int) -> dict[str, Any]:
        draw, kind = self.random, self.random.random()
        if kind < 0.2:
            result = {"v": draw.randint(0, 9), "long": "x" * draw.choice([0, 10, 3000])}
            return {"Type": "Pass", "Result": result, "ResultPath": "$.p"}
        if kind < 0.3:
            return {"Type": "Pass", "Assign": {f"x_{name}": draw.randint(0, 99)}}
        if kind < 0.4:
            return {"Type": "Wait", "Seconds": draw.randint(0, 3)}
        if kind < 0.7 or depth >= 2:
            return {"Type": "Task", "Resource": FUNCTION, "ResultPath": "$.t"}
        if kind < 0.85:
            branches = [self.machine(depth + 1) for _ in range(draw.randint(1, 3))]
            return {"Type": "Parallel", "Branches": branches, "ResultPath": "$.b"}
        return {
            "Type": "Map",
            "ItemsPath": "$.items",
            "MaxConcurrency": draw.randint(0, 3),
            "ItemSelector": {"items": [1, 2], "i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value"},
            "ItemProcessor": self.machine(depth + 1),
            "ResultPath": "$.m",
        }


def answers_of(seed: int) -> Callable[[Perform], Answer]:
    """Answers that depend on nothing but the task."""

    def answer(effect: Perform) -> Answer:
        drawn = random.Random(f"{seed}/{effect.state.name}/{json.dumps(effect.parameters)}/{effect.task}").random()
        if drawn < 0.3:
            return Failed("E" if drawn < 0.25 else "F", "c")
        return Done({"r": int(drawn * 100)})

    return answer


@pytest.mark.parametrize("seed", range(40))
def test_rows_do_what_memory_does(tx: SqliteTransaction, seed: int) -> None:
    maker, answers = Maker(seed), answers_of(seed)
    definition = maker.machine()
    given = {"items": list(range(maker.random.randint(0, 5))), "pad": "y" * maker.random.choice([0, 5000])}
    in_memory, in_rows = Execution(definition, given), Rows(definition, given)
    in_rows.tx = tx
    in_memory.run(answers)
    in_rows.run(answers)
    assert in_rows.events == in_memory.events
    assert in_rows.ended == in_memory.ended
    if in_memory.ended is not None and in_memory.ended.status == "FAILED":
        for execution in (in_memory, in_rows):
            execution.ended, execution.effects, execution.redrive_count = None, [], 1
            execution.step(interpreting.redrive)
            execution.go_on(answers)
        assert in_rows.events == in_memory.events
    assert list_events(tx, 7, 1, 10_000) == in_memory.events
    assert list_events_back(tx, 7, len(in_memory.events), 10_000) == in_memory.events[::-1]
    assert in_rows.timers == []
    assert list_orphans(tx, [], 10) == []


def test_timers_are_rung_in_the_order_of_their_times(tx: SqliteTransaction) -> None:
    states = {"W": {"Type": "Wait", "Seconds": 5, "End": True}}
    branches = [{"StartAt": f"{n}", "States": {f"{n}": {**states["W"], "Seconds": 9 - n}}} for n in range(3)]
    waiting = Rows({"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": branches, "End": True}}})
    waiting.tx = tx
    waiting.begin()
    assert [due_at - BEGAN_AT for due_at, _, _ in waiting.timers] == [7, 8, 9]
    assert [timer.frame_id for timer in list_due(tx, BEGAN_AT + 8, 10)] == [4, 3]
    assert next_after(tx, BEGAN_AT + 8) == BEGAN_AT + 9
