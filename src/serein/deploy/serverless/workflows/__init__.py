"""`stepFunctions` of a service: its state machines, activities, and what starts and watches them.

Logical ids are the plugin's, because templates refer to them.
https://www.serverless.com/plugins/serverless-step-functions
"""
