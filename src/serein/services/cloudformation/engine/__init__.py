"""The engine that brings a stack from what it is to what it is to be, and that goes on after a crash."""
