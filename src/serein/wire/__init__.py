"""HTTP in and out: routing, protocols, shapes, signatures. Knows no service by its behaviour."""
