"""What is fuzzed: each target is a module with `seeds()` and `one_input(data)`, which raises for what must not be."""

TARGETS = {name: f"tests.fuzz.fuzz_{name}" for name in ("documents", "batch", "patterns", "decide")}
"""From a target's name to its module."""
