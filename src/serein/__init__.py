"""Serein runs serverless applications written for AWS, unmodified, on one's own machine."""

__version__ = "0.1.0"
