"""Lambda's metrics as CloudWatch is given them."""

from serein.kernel.metering import Tally
from serein.kernel.scope import Scope
from serein.services.lambda_.metrics import Runs, Source, meaning_of


def test_values_are_told_as_statistics() -> None:
    tally = Tally()
    for value in (4.0, 1.0, 7.0):
        tally.add(value)
    assert tally.measured == {
        "StatisticValues": {"SampleCount": 3.0, "Sum": 12.0, "Minimum": 1.0, "Maximum": 7.0},
    }
    meaning = meaning_of(Source(Scope(), "f"), "Duration")
    assert (meaning.unit, meaning.dimensions) == ("Milliseconds", [[{"Name": "FunctionName", "Value": "f"}]])


def test_what_was_invoked_through_an_alias_is_told_for_alias_and_version_too() -> None:
    meaning = meaning_of(Source(Scope(), "f", "live", "3"), "Errors")
    names = [[(each["Name"], each["Value"]) for each in dimensions] for dimensions in meaning.dimensions]
    function, resource = ("FunctionName", "f"), ("Resource", "f:live")
    assert names == [[function], [function, resource], [function, resource, ("ExecutedVersion", "3")]]
    assert meaning.unit == "Count"


def test_durations_are_told_one_by_one_and_invocations_are_counted_with_them() -> None:
    runs = Runs()
    for duration in (1.0, 2.0, 2.001):
        runs.add(duration)
    runs.errors, runs.most_at_once = 1, 2
    measured = runs.measured
    assert dict(zip(measured["Values"], measured["Counts"], strict=True)) == {1.0: 1.0, 2.0: 2.0}
    (name, durations), *others = runs.metrics("Duration")
    assert (name, durations) == ("Duration", runs)
    assert {name: (part.count, part.total, part.minimum, part.maximum) for name, part in others} == {
        "Invocations": (3, 3.0, 1.0, 1.0),
        "Errors": (3, 1.0, 0.0, 1.0),
        "ConcurrentExecutions": (1, 2.0, 2.0, 2.0),
    }
