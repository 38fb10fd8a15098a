"""All SQL of EventBridge."""
