"""Deployments on the command line: deploy, delete, diff, validate, outputs, stacks, and how they tell what happens."""
