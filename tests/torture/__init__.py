"""The program, broken on purpose: `python -m tests.torture KIND`."""
