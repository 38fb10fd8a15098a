"""Lambda's metrics as CloudWatch is given them."""

from serein.kernel.scope import Scope
from serein.services.lambda_.metrics import Runs, Source, Tally, data_of


def test_values_are_told_as_statistics() -> None:
    tally = Tally(4.0)
    for value in (1.0, 7.0):
        tally.add(value)
    (datum,) = data_of(Source(Scope(), "f"), "Duration", tally, 60.0)
    assert datum["StatisticValues"] == {"SampleCount": 3.0, "Sum": 12.0, "Minimum": 1.0, "Maximum": 7.0}
    assert (datum["Unit"], datum["Timestamp"]) == ("Milliseconds", 60.0)
    assert datum["Dimensions"] == [{"Name": "FunctionName", "Value": "f"}]


def test_what_was_invoked_through_an_alias_is_told_for_alias_and_version_too() -> None:
    data = data_of(Source(Scope(), "f", "live", "3"), "Errors", Tally(1.0), 60.0)
    names = [[(each["Name"], each["Value"]) for each in datum["Dimensions"]] for datum in data]
    function, resource = ("FunctionName", "f"), ("Resource", "f:live")
    assert names == [[function], [function, resource], [function, resource, ("ExecutedVersion", "3")]]
    assert {datum["Unit"] for datum in data} == {"Count"}


def test_durations_are_told_one_by_one_and_invocations_are_counted_with_them() -> None:
    runs = Runs()
    for duration in (1.0, 2.0, 2.001):
        runs.add(duration)
    runs.errors, runs.most_at_once = 1, 2
    (datum,) = data_of(Source(Scope(), "f"), "Duration", runs, 60.0)
    assert dict(zip(datum["Values"], datum["Counts"], strict=True)) == {1.0: 1.0, 2.0: 2.0}
    parts = {name: (part.count, part.total, part.minimum, part.maximum) for name, part in runs.parts()}
    assert parts == {
        "Invocations": (3, 3.0, 1.0, 1.0),
        "Errors": (3, 1.0, 0.0, 1.0),
        "ConcurrentExecutions": (1, 2.0, 2.0, 2.0),
    }
