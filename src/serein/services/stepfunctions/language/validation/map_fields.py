"""The fields of a Map state, and of what reads its items, batches them and writes its results."""

import re
from typing import Any, Final

from serein.services.stepfunctions.language.states import QueryLanguage
from serein.services.stepfunctions.language.validation.fields import (
    COMMENT,
    Field,
    Fields,
    check_alternatives,
    check_fields,
    in_jsonata,
    in_jsonpath,
    nested,
    required,
)
from serein.services.stepfunctions.language.validation.findings import Findings
from serein.services.stepfunctions.language.validation.templates import template
from serein.services.stepfunctions.language.validation.values import (
    Check,
    check_text,
    each,
    number,
    reference_path,
    type_error,
    words,
)

INVALID_LABEL = "INVALID_LABEL_NAME"
_LONGEST_LABEL = 40
_LABEL = re.compile(r"[^\s?*<>{}\[\]:;,\\|^~$#%&`\"\x00-\x1f\x7f-\x9f]+")
_MOST_ITEMS = 100_000_000
_MOST_BATCH_BYTES = 262_144

# AWS: a number's path is no path into the context object here, as opposed to ItemsPath
# (ValidateStateMachineDefinition says "Value is not a Reference Path").
_NUMBER_PATH = reference_path(takes_context=False)
_PAIRS: Final = (
    ("MaxConcurrency", "MaxConcurrencyPath"),
    ("ToleratedFailureCount", "ToleratedFailureCountPath"),
    ("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
    ("Parameters", "ItemSelector"),
)
_DISTRIBUTED_ONLY: Final = (
    *("ItemReader", "ItemBatcher", "ResultWriter", "Label"),
    *("ToleratedFailureCount", "ToleratedFailureCountPath"),
    *("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
)


def _check_label(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
    if not isinstance(value, str):
        type_error(findings, "String", location)
    elif not value or len(value) > _LONGEST_LABEL:
        findings.error(f"Label must have 1 to {_LONGEST_LABEL} characters", location, INVALID_LABEL)
    elif _LABEL.fullmatch(value) is None:
        findings.error(f"Label '{value}' has characters that are not allowed", location, INVALID_LABEL)


def _resource(*actions: str) -> Check:
    pattern = re.compile(rf"arn:[\w-]+:states:::(?:{'|'.join(actions)})")

    def check(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
        if not isinstance(value, str):
            type_error(findings, "String", location)
        elif pattern.fullmatch(value) is None:
            findings.error(
                f"The resource provided {value} is not recognized. The value is not a valid resource ARN, or the "
                "resource is not available in this region.",
                location,
            )

    return check


_check_items_template = template()


def _check_items(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
    """The field Items: an array, an object, or an expression for one."""
    if isinstance(value, list | dict) or (isinstance(value, str) and value.startswith("{%")):
        _check_items_template(findings, value, location, language)
    else:
        type_error(findings, "Array", location)


_READER_CONFIG: Fields = {
    "InputType": Field(words("CSV", "JSON", "JSONL", "PARQUET", "MANIFEST")),
    "Transformation": Field(words("NONE", "LOAD_AND_FLATTEN")),
    "CSVHeaderLocation": Field(words("FIRST_ROW", "GIVEN")),
    "CSVHeaders": Field(each(check_text)),
    "CSVDelimiter": Field(words("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB")),
    "MaxItems": Field(number(0, _MOST_ITEMS)),
    "MaxItemsPath": in_jsonpath(_NUMBER_PATH),
    "ManifestType": Field(words("ATHENA_DATA", "S3_INVENTORY")),
    "ItemsPointer": Field(check_text),
}
_check_config_fields = nested(_READER_CONFIG, ("MaxItems", "MaxItemsPath"))


def _check_reader_config(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
    _check_config_fields(findings, value, location, language)
    if not isinstance(value, dict) or value.get("InputType") != "CSV":
        return
    if value.get("CSVHeaderLocation") is None and value.get("ManifestType") is None:
        findings.error("These fields are required: [CSVHeaderLocation]", location)
    if value.get("CSVHeaderLocation") == "GIVEN" and "CSVHeaders" not in value:
        findings.error("These fields are required: [CSVHeaders]", location)


_READER: Fields = {
    "Resource": required(_resource("s3:getObject", "s3:listObjectsV2")),
    "ReaderConfig": Field(_check_reader_config),
    "Parameters": in_jsonpath(template(is_object=True)),
    "Arguments": in_jsonata(template(is_object=True)),
}
_check_reader_fields = nested(_READER)


def _check_reader(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
    _check_reader_fields(findings, value, location, language)
    if not isinstance(value, dict):
        return
    config = value.get("ReaderConfig")
    given = config if isinstance(config, dict) else {}
    # AWS: the files of an inventory are CSV, and nothing says so (developer guide, ItemReader).
    is_typed = "InputType" in given or given.get("ManifestType") == "S3_INVENTORY"
    reads = str(value.get("Resource", "")).endswith("s3:getObject") or given.get("Transformation") == "LOAD_AND_FLATTEN"
    if reads and not is_typed:
        findings.error("These fields are required: [ReaderConfig/InputType]", location)


_check_batcher_fields = nested(
    {
        "BatchInput": Field(template()),
        "MaxItemsPerBatch": Field(number(0)),
        "MaxItemsPerBatchPath": in_jsonpath(_NUMBER_PATH),
        "MaxInputBytesPerBatch": Field(number(0, _MOST_BATCH_BYTES)),
        "MaxInputBytesPerBatchPath": in_jsonpath(_NUMBER_PATH),
    },
    ("MaxItemsPerBatch", "MaxItemsPerBatchPath"),
    ("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"),
)


def _check_batcher(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
    _check_batcher_fields(findings, value, location, language)
    if isinstance(value, dict) and not any(name.startswith("Max") for name in value):
        names = "MaxItemsPerBatch, MaxItemsPerBatchPath, MaxInputBytesPerBatch, MaxInputBytesPerBatchPath"
        findings.error(f"One of these fields is required: [{names}]", location)


_check_writer_fields = nested(
    {
        "Resource": Field(_resource("s3:putObject")),
        "Parameters": in_jsonpath(template(is_object=True)),
        "Arguments": in_jsonata(template(is_object=True)),
        "WriterConfig": Field(
            nested(
                {
                    "Transformation": Field(words("NONE", "COMPACT", "FLATTEN")),
                    "OutputType": Field(words("JSON", "JSONL")),
                }
            )
        ),
    }
)


def _check_writer(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
    _check_writer_fields(findings, value, location, language)
    if not isinstance(value, dict):
        return
    details = "Arguments" if language == "JSONata" else "Parameters"
    # AWS: WriterConfig alone, Resource with Parameters, or all three (developer guide, ResultWriter).
    if ("Resource" in value) != (details in value):
        findings.error(
            f"These fields are required: [{details if 'Resource' in value else 'Resource'}]",
            location,
        )
    elif "Resource" not in value and "WriterConfig" not in value:
        findings.error("One of these fields is required: [Resource, WriterConfig]", location)


MAP_FIELDS: Fields = {
    "ItemsPath": in_jsonpath(reference_path()),
    "Items": in_jsonata(_check_items),
    "ItemSelector": Field(template()),
    "MaxConcurrency": Field(number(0)),
    "MaxConcurrencyPath": in_jsonpath(_NUMBER_PATH),
    "ItemReader": Field(_check_reader),
    "ItemBatcher": Field(_check_batcher),
    "ResultWriter": Field(_check_writer),
    "ToleratedFailureCount": Field(number(0)),
    "ToleratedFailureCountPath": in_jsonpath(_NUMBER_PATH),
    "ToleratedFailurePercentage": Field(number(0.0, 100.0, is_whole=False)),
    "ToleratedFailurePercentagePath": in_jsonpath(_NUMBER_PATH),
    "Label": Field(_check_label),
}

_CONFIG: Fields = COMMENT | {
    "Mode": Field(words("INLINE", "DISTRIBUTED")),
    "ExecutionType": Field(words("STANDARD", "EXPRESS")),
}


def is_distributed(state: Any) -> bool:
    """Whether a Map state's items are run by executions of their own."""
    processor = state.get("ItemProcessor")
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    return isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED"


def check_map(findings: Findings, state: dict[str, Any], location: str) -> None:
    """What the fields of a Map state must be together."""
    for names in _PAIRS:
        check_alternatives(findings, state, location, names)
    # AWS: an ItemsPath beside an ItemReader is taken, and means nothing.
    if is_distributed(state):
        return
    for name in _DISTRIBUTED_ONLY:
        if name in state:
            findings.error(f"Field '{name}' is not supported when the processing mode is INLINE", location)


def check_processor_config(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
    """A processor's ProcessorConfig."""
    if not check_fields(findings, value, location, language, _CONFIG):
        return
    if value.get("Mode") == "DISTRIBUTED" and "ExecutionType" not in value:
        findings.error("These fields are required: [ExecutionType]", location)
    elif value.get("Mode", "INLINE") == "INLINE" and "ExecutionType" in value:
        findings.error("Field 'ExecutionType' is not supported when the processing mode is INLINE", location)
