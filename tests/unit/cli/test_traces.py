import json
from pathlib import Path

import pytest

from serein.cli.traces import Places, readable, trace_of


@pytest.fixture
def places(tmp_path: Path) -> Places:
    code, layer = tmp_path / "code", tmp_path / "layer"
    for folder, name in ((code, "app.py"), (code, "src/app.ts"), (layer, "shared.py"), (layer, "python/other.py")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    return Places(code, (layer,))


def test_paths_of_sources_become_the_developers_own(places: Places) -> None:
    text = '[ERROR] E: m\nTraceback (most recent call last):\n  File "/var/task/app.py", line 3, in handler\n'
    assert f'File "{places.code}/app.py", line 3' in readable(text, places)
    outside = f'  File "/data/lambda/{"0a" * 32}/app.py", line 3'
    assert readable(outside, places) == f'  File "{places.code}/app.py", line 3'
    assert readable("at f (/var/task/src/app.ts:4:11)", places) == f"at f ({places.code}/src/app.ts:4:11)"
    assert readable("at file:///var/task/src/app.ts:4:11", places) == f"at file://{places.code}/src/app.ts:4:11"


def test_paths_of_layers_become_those_of_their_sources(places: Places) -> None:
    layer = places.layers[0]
    assert readable('File "/opt/python/shared.py", line 1', places) == f'File "{layer}/shared.py", line 1'
    assert readable('File "/opt/python/other.py", line 1', places) == f'File "{layer}/python/other.py", line 1'


def test_paths_that_are_no_source_stay(places: Places) -> None:
    for path in ("/var/task/requests/api.py", "/opt/python/gone.py", "/var/lang/lib/python3.12/json/decoder.py"):
        assert readable(f'File "{path}", line 9', places) == f'File "{path}", line 9'
    assert readable('File "/var/task/app.py"', Places()) == 'File "/var/task/app.py"'


def test_a_function_of_one_file_is_found_beside_it(places: Places) -> None:
    assert places.code is not None
    alone = Places(places.code / "app.py")
    assert readable("/var/task/app.py:3", alone) == f"{places.code}/app.py:3"


def test_a_node_error_gets_a_line_for_each_frame_down_to_the_runtime() -> None:
    error = {
        "errorType": "TypeError",
        "errorMessage": "no id",
        "stack": [
            "TypeError: no id",
            "    at check (/var/task/app.js:4:11)",
            "    at async Promise.all (index 0)",
            "    at /var/runtime/bootstrap.cjs:118:20",
            "    at new Promise (<anonymous>)",
            "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
        ],
    }
    text = f"2026-01-01T00:00:00.000Z\tid\tERROR\tInvoke Error \t{json.dumps(error)}\n"
    assert readable(text, Places()).splitlines() == [
        "2026-01-01T00:00:00.000Z\tid\tERROR\tInvoke Error TypeError: no id",
        "    at check (/var/task/app.js:4:11)",
        "    at async Promise.all (index 0)",
    ]


def test_errors_in_the_json_log_format_get_lines() -> None:
    python = {
        "level": "ERROR",
        "errorMessage": "m",
        "errorType": "E",
        "stackTrace": ['  File "a.py", line 1\n    f()\n'],
    }
    assert readable(json.dumps(python), Places()).splitlines() == [
        "E: m",
        "Traceback (most recent call last):",
        '  File "a.py", line 1',
        "    f()",
    ]
    node = {"level": "ERROR", "message": {"errorType": "E", "errorMessage": "m", "stackTrace": ["E: m", "    at f"]}}
    assert readable(json.dumps(node), Places()) == "E: m\n    at f"


@pytest.mark.parametrize(
    "text", ["plain", '{"stackTrace": 1}', '{"stack": [broken', '{"a": {"stack": []}}', "[1, 2]", '{"trace": ["x"]}']
)
def test_other_records_stay_as_they_are(text: str) -> None:
    assert readable(text, Places()) == text


def test_an_error_document_becomes_a_trace(places: Places) -> None:
    document = json.dumps(
        {"errorMessage": "m", "errorType": "E", "stackTrace": ['  File "/var/task/app.py", line 1\n']}
    )
    assert (
        trace_of(document, places) == f'E: m\nTraceback (most recent call last):\n  File "{places.code}/app.py", line 1'
    )
    assert trace_of('{"errorMessage": "Task timed out"}', places) == "Error: Task timed out"
    assert trace_of('"a string"', places) == trace_of("not JSON", places) == ""
