"""The registry of types: AWS's own, as they are. Extensions of others are refused, never pretended."""
