"""Clients of APIs, generated from what a stage serves."""
