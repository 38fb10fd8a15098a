"""The workers behind event source mappings, one for each enabled mapping."""
