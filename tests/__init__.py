"""The tests. They mirror the tree; what they share stands in conftest.py, factories/ and harness/."""
