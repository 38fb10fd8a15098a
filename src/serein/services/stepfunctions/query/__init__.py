"""The two query languages of Step Functions, JSONPath and JSONata: pure functions of a state's data.

`jsonpath_data` and `jsonata_data` are what the interpreter calls, `syntax` is what definitions are checked with,
`variables` is the rules of Assign.
"""
