"""Event patterns: the language of EventBridge rules, event source mappings and pipes.

`language` reads a pattern, `automaton` finds the patterns that an event matches; `leaves` are tests of single values.
AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from serein.kernel.patterns.automaton import Automaton, compile_object, compile_pattern
from serein.kernel.patterns.language import InvalidPattern, parse_pattern

__all__ = ["Automaton", "InvalidPattern", "compile_object", "compile_pattern", "parse_pattern"]
