"""JSONPath as Jayway's library reads it, which API Gateway, AppSync and Step Functions have inside.

A definite path (names and single indexes only) finds one value or fails with PathNotFound; any other gives a list of
what it finds, empty too. Several names at the end make an object. Services that know less than this check for it
themselves.
AWS: https://github.com/json-path/JsonPath
"""

from serein.kernel.jsonpath.explanations import java_text
from serein.kernel.jsonpath.operations import PathNotFound
from serein.kernel.jsonpath.reader import InvalidPath, JsonPath, parse_path

__all__ = ["InvalidPath", "JsonPath", "PathNotFound", "java_text", "parse_path"]
