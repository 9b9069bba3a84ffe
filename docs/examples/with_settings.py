"""Starts a checker with settings that a worker does not hand on: with_settings.py SETTINGS CHECKER ARGUMENT..."""
import os
import sys

settings, *checker = sys.argv[1:]
with open(settings, encoding="utf-8") as file:
    lines = [line.strip() for line in file]
pairs = [line.split("=", 1) for line in lines if "=" in line and not line.startswith("#")]
os.execve(sys.executable, [sys.executable, *checker], {**os.environ, **dict(pairs)})
