"""Scans of licences (证照): cleaned in a process of their own, stored encrypted, kept in versions.

Nothing is imported here: the process that reads what strangers made (``worker``) loads this package
and should have nothing of the platform in its memory.
"""
