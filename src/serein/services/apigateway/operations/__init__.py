"""The operations of the control plane of REST APIs."""
