"""What a definition in the Amazon States Language means: a machine and its states, as immutable values.

Fields are named as in the language, in snake_case, with the language's defaults filled in. A field that may be any
JSON value, null included, is `ABSENT` when the definition doesn't have it. Where the language takes a number or, in
JSONata, an expression (`"{% $states.input.n %}"`), the field holds either.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal

QueryLanguage = Literal["JSONPath", "JSONata"]
MachineType = Literal["STANDARD", "EXPRESS"]


class Absent(Enum):
    """The type of `ABSENT`."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
"""The value of a field that the definition doesn't have, where null would mean something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrier:
    """One entry of a state's Retry."""

    error_equals: tuple[str, ...]
    interval_seconds: int = 1
    max_attempts: int = 3
    backoff_rate: float = 2.0
    max_delay_seconds: int | None = None
    jitter_strategy: Literal["FULL", "NONE"] = "NONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Catcher:
    """One entry of a state's Catch."""

    error_equals: tuple[str, ...]
    next: str
    result_path: str | None = "$"
    assign: Any = ABSENT
    output: Any = ABSENT
    """JSONata only."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class State:
    """What every state has."""

    name: str
    type: str
    query_language: QueryLanguage
    comment: str = ""
    next: str | None = None
    is_end: bool = False
    """Whether the thread of control ends here: `End`, and always for Succeed and Fail."""
    assign: Any = ABSENT
    output: Any = ABSENT
    """JSONata only."""
    input_path: str | None = "$"
    """JSONPath only, as everything named `..._path`; None stands for null: an empty object."""
    output_path: str | None = "$"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pass(State):
    result: Any = ABSENT
    parameters: Any = ABSENT
    result_path: str | None = "$"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Performing(State):
    """A state that performs something that may fail: Task, Parallel and Map."""

    parameters: Any = ABSENT
    """JSONPath only. A Map's `Parameters` is its `item_selector`."""
    arguments: Any = ABSENT
    """JSONata only."""
    result_selector: Any = ABSENT
    result_path: str | None = "$"
    retriers: tuple[Retrier, ...] = ()
    catchers: tuple[Catcher, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Task(Performing):
    resource: str
    timeout_seconds: int | str | None = None
    timeout_seconds_path: str | None = None
    heartbeat_seconds: int | str | None = None
    heartbeat_seconds_path: str | None = None
    credentials: Any = ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A data test of a JSONPath Choice rule, e.g. `{"Variable": "$.n", "NumericEqualsPath": "$.m"}`."""

    variable: str
    operator: str
    """Without its `Path` suffix: `NumericEquals`; or `IsPresent`, `IsNull`, ..."""
    value: Any
    """What to compare with, or the path of it when `is_path`."""
    is_path: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    tests: tuple["ChoiceTest", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    tests: tuple["ChoiceTest", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    test: "ChoiceTest"


ChoiceTest = Comparison | And | Or | Not


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChoiceRule:
    """One entry of a Choice state's Choices: a test in JSONPath, a condition in JSONata."""

    next: str
    test: ChoiceTest | None = None
    condition: bool | str | None = None
    assign: Any = ABSENT
    output: Any = ABSENT
    """JSONata only."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Choice(State):
    """`assign` and `output` of the state itself apply when no rule does and `default` is taken."""

    choices: tuple[ChoiceRule, ...]
    default: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wait(State):
    """Exactly one of the four is not None."""

    seconds: int | str | None = None
    timestamp: str | None = None
    seconds_path: str | None = None
    timestamp_path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Succeed(State):
    pass


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fail(State):
    error: str | None = None
    cause: str | None = None
    error_path: str | None = None
    """A path or an intrinsic function."""
    cause_path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parallel(Performing):
    branches: tuple["Machine", ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReaderConfig:
    """How an ItemReader reads; numbers may be expressions in JSONata."""

    input_type: str | None = None
    """CSV, JSON, JSONL, MANIFEST or PARQUET."""
    transformation: str = "NONE"
    """LOAD_AND_FLATTEN reads the objects that s3:listObjectsV2 lists."""
    csv_header_location: str | None = None
    """FIRST_ROW or GIVEN."""
    csv_headers: tuple[str, ...] | None = None
    csv_delimiter: str = "COMMA"
    max_items: int | str | None = None
    max_items_path: str | None = None
    manifest_type: str | None = None
    """ATHENA_DATA or S3_INVENTORY."""
    items_pointer: str | None = None
    """A JSON pointer to the array in a JSON object."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ItemReader:
    resource: str
    parameters: Any = ABSENT
    arguments: Any = ABSENT
    config: ReaderConfig = field(default_factory=ReaderConfig)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ItemBatcher:
    batch_input: Any = ABSENT
    max_items_per_batch: int | str | None = None
    max_items_per_batch_path: str | None = None
    max_input_bytes_per_batch: int | str | None = None
    max_input_bytes_per_batch_path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResultWriter:
    resource: str | None = None
    """None when the writer only says how results are shaped (`WriterConfig`)."""
    parameters: Any = ABSENT
    arguments: Any = ABSENT
    transformation: str = "NONE"
    """NONE, COMPACT or FLATTEN."""
    output_type: str = "JSON"
    """JSON or JSONL."""
    has_config: bool = False
    """Whether there is a WriterConfig."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Map(Performing):
    processor: "Machine"
    """`ItemProcessor`, or `Iterator` in older definitions."""
    is_distributed: bool = False
    execution_type: MachineType = "STANDARD"
    """Of a distributed map's child executions."""
    items_path: str | None = "$"
    items: Any = ABSENT
    """JSONata: an expression or an array."""
    item_selector: Any = ABSENT
    """`ItemSelector`, or `Parameters` in older definitions; in both languages."""
    max_concurrency: int | str = 0
    max_concurrency_path: str | None = None
    item_reader: ItemReader | None = None
    item_batcher: ItemBatcher | None = None
    result_writer: ResultWriter | None = None
    tolerated_failure_count: int | str | None = None
    tolerated_failure_count_path: str | None = None
    tolerated_failure_percentage: float | str | None = None
    tolerated_failure_percentage_path: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Machine:
    """A state machine, a branch of a Parallel, or the processor of a Map. Hashed and compared by identity."""

    start_at: str
    states: Mapping[str, State]
    """The machine's own states, by name."""
    everywhere: Mapping[str, State]
    """The same with those of every machine within: names are unique in a whole definition."""
    query_language: QueryLanguage = "JSONPath"
    comment: str = ""
    timeout_seconds: int | None = None
    version: str = "1.0"
