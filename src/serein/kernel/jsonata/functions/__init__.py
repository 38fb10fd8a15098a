"""The functions that JSONata has built in."""
