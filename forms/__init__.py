"""Forms: shape and messages; the rules are called from ``services``."""
