"""The version of this distribution, kept at the address the released package had."""

version = "1.0.0"
time = "2026-11-21"
