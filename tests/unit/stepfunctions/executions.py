"""An execution with nothing but the interpreter: tasks are answered by the test, time passes from timer to timer."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from serein.services.stepfunctions.interpreter import interpreting
from serein.services.stepfunctions.interpreter.effects import Effect, Perform
from serein.services.stepfunctions.interpreter.facts import Facts
from serein.services.stepfunctions.interpreter.frames import Frame
from serein.services.stepfunctions.interpreter.memory import MemoryFrames
from serein.services.stepfunctions.interpreter.outcomes import Done, Ended, Failed, Submitted
from serein.services.stepfunctions.interpreter.run import Run
from serein.services.stepfunctions.language import Machine, parse_machine

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:m"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:m:e"
ROLE = "arn:aws:iam::123456789012:role/r"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
SEND = "arn:aws:states:::sqs:sendMessage"
BEGAN_AT = 1_700_000_000.0
Answer = Done | Failed | Submitted
Answers = Callable[[Perform], Answer]


def echo(effect: Perform) -> Answer:
    return Done(effect.parameters)


def task(resource: str = FUNCTION, **fields: Any) -> dict[str, Any]:
    """A Task state; the last one unless it says what comes next."""
    end = {} if "Next" in fields else {"End": True}
    return {"Type": "Task", "Resource": resource, **end, **fields}


def machine(*, start: str = "", timeout: int = 0, language: str = "", **states: Any) -> dict[str, Any]:
    """A definition of some states; it starts at the first."""
    definition: dict[str, Any] = {"StartAt": start or next(iter(states)), "States": states}
    if timeout:
        definition["TimeoutSeconds"] = timeout
    if language:
        definition["QueryLanguage"] = language
    return definition


@dataclass
class Execution:
    """Runs a definition; `effects` are those that haven't been answered."""

    definition: dict[str, Any]
    given: Any = field(default_factory=dict)
    text: str = ""
    is_express: bool = False
    redrive_count: int = 0
    now: float = BEGAN_AT
    events: list[dict[str, Any]] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    frames: MemoryFrames = field(default_factory=MemoryFrames)
    ended: Ended | None = None
    next_frame_id: int = 2

    def begin(self) -> "Execution":
        self.step(interpreting.begin)
        return self

    def run(self, answers: Answers = echo) -> "Execution":
        """From the beginning to the end."""
        self.begin()
        self.go_on(answers)
        assert self.ended is not None, self.frames.timers
        return self

    def go_on(self, answers: Answers = echo) -> None:
        """Until nothing happens any more: tasks are answered before time passes."""
        while self.ended is None:
            if self.effects:
                self.answer(answers)
            elif self.frames.timers:
                self.ring()
            else:
                return

    def answer(self, answers: Answers = echo) -> None:
        """Answer the oldest effect."""
        effect = self.effects.pop(0)
        assert isinstance(effect, Perform)
        frame = self.frames.find(effect.frame_id)
        if frame is not None and frame.task == effect.task and not frame.is_over:
            self.settle(frame, answers(effect))

    def settle(self, frame: Frame, outcome: Answer) -> None:
        self.step(lambda run: interpreting.settle(run, frame, outcome))

    def ring(self) -> None:
        """Let time pass until the next timer, and ring it."""
        (frame_id, kind), due = min(self.frames.timers.items(), key=lambda timer: (timer[1], timer[0]))
        del self.frames.timers[frame_id, kind]
        self.now = max(self.now, due)
        frame = self.frames.require(frame_id)
        self.step(lambda run: interpreting.ring(run, frame, kind))

    def step(self, happen: Callable[[Run], None]) -> None:
        facts = Facts(
            7,
            EXECUTION,
            "e",
            MACHINE,
            "m",
            ROLE,
            BEGAN_AT,
            lambda: self.text or json.dumps(self.given),
            is_express=self.is_express,
            redrive_count=self.redrive_count,
            redriven_at=self.now,
        )
        run = Run(facts, self.parsed, self.frames, self.now, len(self.events), self.next_frame_id)
        happen(run)
        self.events += run.journal.events
        self.effects += run.effects
        self.next_frame_id = run.next_frame_id
        self.ended = run.ended

    @property
    def parsed(self) -> Machine:
        return parse_machine(json.dumps(self.definition))

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return self.now - BEGAN_AT

    @property
    def output(self) -> Any:
        assert self.ended is not None
        assert self.ended.status == "SUCCEEDED", self.ended
        return json.loads(self.ended.output or "")

    @property
    def failure(self) -> tuple[str | None, str | None]:
        assert self.ended is not None
        assert self.ended.status == "FAILED", self.ended
        return self.ended.error, self.ended.cause

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    @property
    def links(self) -> list[tuple[int, int, str]]:
        """Each event's id, that of the one it comes after, and its type."""
        return [(event["id"], event["previousEventId"], event["type"]) for event in self.events]

    def details(self, type: str) -> list[dict[str, Any]]:
        """The details of all events of a type."""
        return [
            next((value for name, value in event.items() if name.endswith("EventDetails")), {})
            for event in self.events
            if event["type"] == type
        ]


def run(definition: dict[str, Any], given: Any = None, answers: Answers = echo) -> Execution:
    """Run a definition to its end."""
    return Execution(definition, {} if given is None else given).run(answers)
