"""The settings of REST APIs and of what belongs to them: how they are made, checked and patched, without I/O."""
