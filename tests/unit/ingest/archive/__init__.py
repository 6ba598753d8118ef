"""Tests of the archive guard."""
