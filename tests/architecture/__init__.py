"""The laws of the code: who may import whom, and what may stand nowhere."""
