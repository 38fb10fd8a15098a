"""What distributed Map states want for an input, and what their children are given."""

import json
from typing import Any

import pytest

from serein.services.stepfunctions.distributed.batching import Batcher, select
from serein.services.stepfunctions.distributed.beginning import Progress
from serein.services.stepfunctions.distributed.formats import Item
from serein.services.stepfunctions.distributed.plan import Plan, make_plan
from serein.services.stepfunctions.distributed.reading import Maker, Read
from serein.services.stepfunctions.distributed.sources import Position
from serein.services.stepfunctions.failure import StateFailed
from serein.services.stepfunctions.language import Map, parse_machine
from serein.services.stepfunctions.query.scope import Scope

PROCESSOR = {
    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
    "StartAt": "Each",
    "States": {"Each": {"Type": "Pass", "End": True}},
}
READER = {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "JSON"}}


def state_of(language: str = "JSONPath", **fields: Any) -> Map:
    state = {"Type": "Map", "ItemProcessor": PROCESSOR, "End": True, **fields}
    definition = {"QueryLanguage": language, "StartAt": "M", "States": {"M": state}}
    found = parse_machine(json.dumps(definition)).states["M"]
    assert isinstance(found, Map)
    return found


def plan_of(document: Any, language: str = "JSONPath", **fields: Any) -> Plan:
    made = make_plan(state_of(language, **fields), document, Scope({"Execution": {"Name": "e"}}, {"v": 2}))
    return Plan.decode(made.encode())


def inputs(plan: Plan, *values: Any) -> list[Any]:
    batcher = Batcher(plan)
    return [json.loads(portion.input) for portion in [*batcher.feed(values), *batcher.close()]]


def test_a_plain_map_takes_its_input_and_lets_as_many_run_as_may() -> None:
    plan = plan_of([1, 2])
    assert (plan.items, plan.length, plan.max_concurrency) == ([1, 2], 2, 0)
    assert (plan.tolerated_count, plan.tolerated_percentage, plan.reader, plan.writer) == (None, None, None, None)


def test_paths_say_how_many_and_how_often() -> None:
    plan = plan_of(
        {"rows": {"a": 1}, "c": 5, "t": 7, "p": 30, "i": 3, "b": 100},
        ItemsPath="$.rows",
        MaxConcurrencyPath="$.c",
        ToleratedFailureCountPath="$.t",
        ToleratedFailurePercentagePath="$.p",
        ItemBatcher={"MaxItemsPerBatchPath": "$.i", "MaxInputBytesPerBatchPath": "$.b"},
    )
    assert (plan.items, plan.max_concurrency, plan.tolerated_count) == ({"a": 1}, 5, 7)
    assert (plan.tolerated_percentage, plan.batch_items, plan.batch_bytes) == (30.0, 3, 100)


def test_expressions_say_the_same() -> None:
    plan = plan_of(
        {"rows": [1], "c": 5},
        "JSONata",
        Items="{% $states.input.rows %}",
        MaxConcurrency="{% $states.input.c %}",
        ToleratedFailurePercentage="{% $v * 10 %}",
        ItemBatcher={"MaxItemsPerBatch": "{% $v %}", "BatchInput": {"run": "{% $states.context.Execution.Name %}"}},
    )
    assert (plan.items, plan.max_concurrency, plan.tolerated_percentage, plan.batch_items) == ([1], 5, 20.0, 2)
    assert plan.batch_input == {"run": "e"}


def test_readers_and_writers_have_their_arguments() -> None:
    plan = plan_of(
        {"bucket": "b", "n": 9},
        ItemReader=READER
        | {
            "Parameters": {"Bucket.$": "$.bucket", "Key": "k"},
            "ReaderConfig": {"InputType": "JSON", "MaxItemsPath": "$.n"},
        },
        ResultWriter={
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket.$": "$.bucket", "Prefix.$": "$$.Execution.Name"},
        },
    )
    assert plan.reader == {"Bucket": "b", "Key": "k"}
    assert plan.writer == {"Bucket": "b", "Prefix": "e"}
    assert (plan.max_items, plan.items, plan.length) == (9, None, 0)
    plan = plan_of(
        {"b": "x"}, "JSONata", ItemReader=READER | {"Arguments": {"Bucket": "{% $states.input.b %}", "Key": "k"}}
    )
    assert plan.reader == {"Bucket": "x", "Key": "k"}


@pytest.mark.parametrize(
    ("document", "fields", "error"),
    [
        ("text", {}, "States.Runtime"),
        ({"a": 1}, {"ItemsPath": "$.a"}, "States.Runtime"),
        ({"a": []}, {"ItemsPath": "$.b"}, "States.Runtime"),
        ({"n": "x"}, {"MaxConcurrencyPath": "$.n"}, "States.Runtime"),
        ({"n": -1}, {"ToleratedFailureCountPath": "$.n"}, "States.Runtime"),
        ({"n": 101}, {"ToleratedFailurePercentagePath": "$.n"}, "States.Runtime"),
    ],
)
def test_what_a_path_finds_must_fit(document: Any, fields: dict[str, Any], error: str) -> None:
    with pytest.raises(StateFailed) as caught:
        plan_of(document, **fields)
    assert caught.value.error == error


def test_an_expression_must_give_what_its_field_takes() -> None:
    with pytest.raises(StateFailed) as caught:
        plan_of({}, "JSONata", Items="{% 1 + 1 %}")
    assert caught.value.error == "States.QueryEvaluationError"
    assert caught.value.cause == (
        "The JSONata expression '1 + 1' specified for the field 'Items' returned an unexpected result type. "
        "Expected 'array', but was 'number' for value: 2"
    )
    with pytest.raises(StateFailed):
        plan_of([], "JSONata", MaxConcurrency="{% 'many' %}")


def test_without_a_selector_an_item_is_its_value_and_a_member_key_and_value() -> None:
    state = state_of()
    plan = plan_of([])
    assert [*select(state, plan, [Item(1), Item("v", "k")], 0)] == [1, {"Key": "k", "Value": "v"}]


def test_a_selector_sees_the_item_its_index_key_and_source_and_the_states_input() -> None:
    fields = {
        "index.$": "$$.Map.Item.Index",
        "value.$": "$$.Map.Item.Value.x",
        "key.$": "$$.Map.Item.Key",
        "source.$": "$$.Map.Item.Source",
        "run.$": "$$.Execution.Name",
        "input.$": "$.a",
        "v.$": "$v",
    }
    state, plan = state_of(ItemSelector=fields), plan_of({"a": 1}, ItemSelector=fields)
    assert [*select(state, plan, [Item({"x": 5}, "k", "S3://b/k")], 3)] == [
        {"index": 3, "value": 5, "key": "k", "source": "S3://b/k", "run": "e", "input": 1, "v": 2}
    ]


def test_a_selector_in_jsonata_sees_the_same() -> None:
    selector = {"x": "{% $states.context.Map.Item.Value * $states.input.by + $v %}", "n": 1}
    state = state_of("JSONata", ItemSelector=selector, Items=[1])
    plan = plan_of({"by": 10}, "JSONata", ItemSelector=selector, Items=[1])
    assert [*select(state, plan, [Item(3), Item(4)], 0)] == [{"x": 32, "n": 1}, {"x": 42, "n": 1}]


def test_batches_are_full_by_number() -> None:
    plan = plan_of([], ItemBatcher={"MaxItemsPerBatch": 2})
    assert inputs(plan, 1, 2, 3) == [{"Items": [1, 2]}, {"Items": [3]}]
    assert inputs(plan) == []


def test_batches_are_full_by_bytes_and_every_one_has_the_batch_input() -> None:
    batcher = {"MaxInputBytesPerBatch": 40, "MaxItemsPerBatch": 100, "BatchInput": {"f": 1}}
    plan = plan_of([], ItemBatcher=batcher)
    found = Batcher(plan)
    portions = [*found.feed(["x" * 4] * 5), *found.close()]
    assert all(len(portion.input) <= 40 for portion in portions)
    assert [portion.item_count for portion in portions] == [1, 1, 1, 1, 1]
    assert json.loads(portions[0].input) == {"BatchInput": {"f": 1}, "Items": ["xxxx"]}
    assert [
        len(each["Items"]) for each in inputs(plan_of([], ItemBatcher={"MaxInputBytesPerBatch": 40}), *"abcdefghij")
    ] == [
        7,
        3,
    ]


def test_an_item_that_fits_into_no_batch_fails_the_run() -> None:
    for batcher in ({"ItemBatcher": {"MaxInputBytesPerBatch": 20}}, {}):
        with pytest.raises(StateFailed) as caught:
            inputs(plan_of([], **batcher), "x" * 262_144)
        assert caught.value.error == "States.DataLimitExceeded"


def test_progress_is_behind_the_last_item_of_a_portion_and_no_further() -> None:
    state = state_of(ItemBatcher={"MaxItemsPerBatch": 3})
    plan = plan_of([], ItemBatcher={"MaxItemsPerBatch": 3})

    def items(numbers: range) -> list[Read]:
        return [Read(Item(number), Position("b/k", number + 1)) for number in numbers]

    maker = Maker(state, plan, Progress())
    first = maker.feed(items(range(5)))
    assert [json.loads(portion.input)["Items"] for portion in first] == [[0, 1, 2]]
    assert maker.progress_behind(first) == Progress(Position("b/k", 3), 3, 1)
    second = maker.feed(items(range(5, 7)))
    assert maker.progress_behind(second) == Progress(Position("b/k", 6), 6, 2)
    last = maker.close()
    assert [portion.item_count for portion in last] == [1]
    assert maker.progress_behind(last) == Progress(Position("b/k", 7), 7, 3)


def test_indexes_go_on_where_progress_was() -> None:
    selector = {"i.$": "$$.Map.Item.Index"}
    state, plan = state_of(ItemSelector=selector), plan_of([], ItemSelector=selector)
    maker = Maker(state, plan, Progress(Position("b/k", 4), 4, 4))
    (portion,) = maker.feed([Read(Item("x"), Position("b/k", 5))])
    assert json.loads(portion.input) == {"i": 4}
