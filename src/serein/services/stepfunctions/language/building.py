"""From a valid definition's JSON to its machine."""

from collections.abc import Callable, Mapping
from typing import Any

from serein.services.stepfunctions.language.states import (
    ABSENT,
    And,
    Catcher,
    Choice,
    ChoiceRule,
    ChoiceTest,
    Comparison,
    Fail,
    ItemBatcher,
    ItemReader,
    Machine,
    Map,
    Not,
    Or,
    Parallel,
    Pass,
    QueryLanguage,
    ReaderConfig,
    ResultWriter,
    Retrier,
    State,
    Succeed,
    Task,
    Wait,
)

Json = Mapping[str, Any]
_UNARY_TESTS = frozenset({"IsNull", "IsPresent", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp"})


def language_of(holder: Json, inherited: QueryLanguage) -> QueryLanguage:
    """The query language that a machine or a state has.

    AWS: only the exact word JSONPath is JSONPath; the states of branches and processors inherit from the whole
    machine, not from the state that they are in.
    """
    said = holder.get("QueryLanguage")
    return inherited if said is None else "JSONPath" if said == "JSONPath" else "JSONata"


def build_machine(document: Json, inherited: QueryLanguage = "JSONPath") -> Machine:
    """The machine that a valid definition is; also a branch's or a processor's."""
    language = language_of(document, inherited)
    states = {name: build_state(name, state, language) for name, state in document["States"].items()}
    everywhere = dict(states)
    for state in states.values():
        inner = state.branches if isinstance(state, Parallel) else (state.processor,) if isinstance(state, Map) else ()
        for machine in inner:
            everywhere.update(machine.everywhere)
    return Machine(
        start_at=document["StartAt"],
        states=states,
        everywhere=everywhere,
        query_language=language,
        comment=document.get("Comment") or "",
        timeout_seconds=document.get("TimeoutSeconds"),
        version=document.get("Version", "1.0"),
    )


def build_state(name: str, state: Json, inherited: QueryLanguage) -> State:
    """One state; `inherited` is the query language of its machine."""
    kind = state["Type"]
    common: dict[str, Any] = {
        "name": name,
        "type": kind,
        "query_language": language_of(state, inherited),
        "comment": state.get("Comment") or "",
        "next": state.get("Next"),
        "is_end": bool(state.get("End")) or kind in ("Succeed", "Fail"),
        "assign": state.get("Assign", ABSENT),
        "output": state.get("Output", ABSENT),
        "input_path": state.get("InputPath", "$"),
        "output_path": state.get("OutputPath", "$"),
    }
    return _BUILDERS[kind](state, common, inherited)


def _build_pass(state: Json, common: dict[str, Any], inherited: QueryLanguage) -> State:
    return Pass(
        **common,
        result=state.get("Result", ABSENT),
        parameters=state.get("Parameters", ABSENT),
        result_path=state.get("ResultPath", "$"),
    )


def _build_succeed(state: Json, common: dict[str, Any], inherited: QueryLanguage) -> State:
    return Succeed(**common)


def _build_fail(state: Json, common: dict[str, Any], inherited: QueryLanguage) -> State:
    return Fail(
        **common,
        error=state.get("Error"),
        cause=state.get("Cause"),
        error_path=state.get("ErrorPath"),
        cause_path=state.get("CausePath"),
    )


def _build_wait(state: Json, common: dict[str, Any], inherited: QueryLanguage) -> State:
    return Wait(
        **common,
        seconds=_whole(state.get("Seconds")),
        timestamp=state.get("Timestamp"),
        seconds_path=state.get("SecondsPath"),
        timestamp_path=state.get("TimestampPath"),
    )


def _build_choice(state: Json, common: dict[str, Any], inherited: QueryLanguage) -> State:
    is_jsonata = common["query_language"] == "JSONata"
    return Choice(
        **common,
        choices=tuple(
            ChoiceRule(
                next=rule["Next"],
                test=None if is_jsonata else _build_test(rule),
                condition=rule["Condition"] if is_jsonata else None,
                assign=rule.get("Assign", ABSENT),
                output=rule.get("Output", ABSENT),
            )
            for rule in state["Choices"]
        ),
        default=state.get("Default"),
    )


def _build_test(rule: Json) -> ChoiceTest:
    if "And" in rule:
        return And(tests=tuple(_build_test(test) for test in rule["And"]))
    if "Or" in rule:
        return Or(tests=tuple(_build_test(test) for test in rule["Or"]))
    if "Not" in rule:
        return Not(test=_build_test(rule["Not"]))
    operator = next(key for key in rule if key not in ("Variable", "Next", "Comment", "Assign"))
    is_path = operator.endswith("Path") and operator not in _UNARY_TESTS
    return Comparison(
        variable=rule["Variable"],
        operator=operator.removesuffix("Path") if is_path else operator,
        value=rule[operator],
        is_path=is_path,
    )


def _performing(state: Json) -> dict[str, Any]:
    return {
        "parameters": state.get("Parameters", ABSENT),
        "arguments": state.get("Arguments", ABSENT),
        "result_selector": state.get("ResultSelector", ABSENT),
        "result_path": state.get("ResultPath", "$"),
        "retriers": tuple(_build_retrier(retrier) for retrier in state.get("Retry") or ()),
        "catchers": tuple(
            Catcher(
                error_equals=tuple(catcher["ErrorEquals"]),
                next=catcher["Next"],
                result_path=catcher.get("ResultPath", "$"),
                assign=catcher.get("Assign", ABSENT),
                output=catcher.get("Output", ABSENT),
            )
            for catcher in state.get("Catch") or ()
        ),
    }


def _build_retrier(retrier: Json) -> Retrier:
    return Retrier(
        error_equals=tuple(retrier["ErrorEquals"]),
        interval_seconds=_whole(retrier.get("IntervalSeconds", 1)),
        max_attempts=_whole(retrier.get("MaxAttempts", 3)),
        backoff_rate=float(retrier.get("BackoffRate", 2.0)),
        max_delay_seconds=_whole(retrier.get("MaxDelaySeconds")),
        jitter_strategy=retrier.get("JitterStrategy", "NONE"),
    )


def _build_task(state: Json, common: dict[str, Any], inherited: QueryLanguage) -> State:
    return Task(
        **common,
        **_performing(state),
        resource=state["Resource"],
        timeout_seconds=_whole(state.get("TimeoutSeconds")),
        timeout_seconds_path=state.get("TimeoutSecondsPath"),
        heartbeat_seconds=_whole(state.get("HeartbeatSeconds")),
        heartbeat_seconds_path=state.get("HeartbeatSecondsPath"),
        credentials=state.get("Credentials", ABSENT),
    )


def _build_parallel(state: Json, common: dict[str, Any], inherited: QueryLanguage) -> State:
    branches = tuple(build_machine(branch, inherited) for branch in state["Branches"])
    return Parallel(**common, **_performing(state), branches=branches)


def _build_map(state: Json, common: dict[str, Any], inherited: QueryLanguage) -> State:
    processor = state.get("ItemProcessor", state.get("Iterator"))
    assert processor is not None
    config = processor.get("ProcessorConfig") or {}
    performing = _performing(state)
    selector = state.get("ItemSelector", performing.pop("parameters"))
    return Map(
        **common,
        **performing,
        processor=build_machine(processor, inherited),
        is_distributed=config.get("Mode") == "DISTRIBUTED",
        execution_type=config.get("ExecutionType") or "STANDARD",
        items_path=state.get("ItemsPath", "$"),
        items=state.get("Items", ABSENT),
        item_selector=selector,
        max_concurrency=_whole(state.get("MaxConcurrency", 0)),
        max_concurrency_path=state.get("MaxConcurrencyPath"),
        item_reader=_build_reader(state["ItemReader"]) if "ItemReader" in state else None,
        item_batcher=_build_batcher(state["ItemBatcher"]) if "ItemBatcher" in state else None,
        result_writer=_build_writer(state["ResultWriter"]) if "ResultWriter" in state else None,
        tolerated_failure_count=_whole(state.get("ToleratedFailureCount")),
        tolerated_failure_count_path=state.get("ToleratedFailureCountPath"),
        tolerated_failure_percentage=state.get("ToleratedFailurePercentage"),
        tolerated_failure_percentage_path=state.get("ToleratedFailurePercentagePath"),
        label=state.get("Label"),
    )


def _build_reader(reader: Json) -> ItemReader:
    config = reader.get("ReaderConfig") or {}
    headers = config.get("CSVHeaders")
    return ItemReader(
        resource=reader["Resource"],
        parameters=reader.get("Parameters", ABSENT),
        arguments=reader.get("Arguments", ABSENT),
        config=ReaderConfig(
            input_type=config.get("InputType"),
            transformation=config.get("Transformation", "NONE"),
            csv_header_location=config.get("CSVHeaderLocation"),
            csv_headers=None if headers is None else tuple(headers),
            csv_delimiter=config.get("CSVDelimiter", "COMMA"),
            max_items=_whole(config.get("MaxItems")),
            max_items_path=config.get("MaxItemsPath"),
            manifest_type=config.get("ManifestType"),
            items_pointer=config.get("ItemsPointer"),
        ),
    )


def _build_batcher(batcher: Json) -> ItemBatcher:
    return ItemBatcher(
        batch_input=batcher.get("BatchInput", ABSENT),
        max_items_per_batch=_whole(batcher.get("MaxItemsPerBatch")),
        max_items_per_batch_path=batcher.get("MaxItemsPerBatchPath"),
        max_input_bytes_per_batch=_whole(batcher.get("MaxInputBytesPerBatch")),
        max_input_bytes_per_batch_path=batcher.get("MaxInputBytesPerBatchPath"),
    )


def _build_writer(writer: Json) -> ResultWriter:
    config = writer.get("WriterConfig") or {}
    return ResultWriter(
        resource=writer.get("Resource"),
        parameters=writer.get("Parameters", ABSENT),
        arguments=writer.get("Arguments", ABSENT),
        transformation=config.get("Transformation", "NONE"),
        output_type=config.get("OutputType", "JSON"),
        has_config="WriterConfig" in writer,
    )


def _whole(value: Any) -> Any:
    """A number without its fraction (`60.0` is 60); anything else, an expression say, as it is."""
    return int(value) if isinstance(value, float) else value


_BUILDERS: Mapping[str, Callable[[Json, dict[str, Any], QueryLanguage], State]] = {
    "Task": _build_task,
    "Pass": _build_pass,
    "Choice": _build_choice,
    "Wait": _build_wait,
    "Succeed": _build_succeed,
    "Fail": _build_fail,
    "Parallel": _build_parallel,
    "Map": _build_map,
}
