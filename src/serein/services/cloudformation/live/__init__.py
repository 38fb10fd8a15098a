"""What resources are right now, read through their services' own operations in the form of CloudFormation's properties.

Drift detection compares it with templates, resource scans list it, generated templates are made of it, and Cloud
Control answers it. A type without a reader here is one that AWS would call not supported.
"""
