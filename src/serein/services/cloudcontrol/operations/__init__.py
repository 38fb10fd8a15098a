"""Cloud Control's operations."""
