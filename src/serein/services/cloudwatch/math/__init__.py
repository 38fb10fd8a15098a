"""Metric math: parsing expressions, and what their functions do.

AWS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""
