"""Lambda's metrics as CloudWatch is given them."""

from serein.kernel.scope import Scope
from serein.services.lambda_.metrics import Source, Tally, data_of


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
