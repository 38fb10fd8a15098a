"""Plugins of the framework whose effect is built in, and what is said of the others."""
