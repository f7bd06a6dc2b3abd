"""Libraries beside which the platform is measured; they run in a virtual environment of theirs.

Modules here import nothing of the platform. Each is started as a process that is told what to do,
so that its turns alternate with ours (``benchmarks/beside.py``).
"""
