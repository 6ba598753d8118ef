"""Shared words and the outside world: what every stage of the pipeline stands on.

The stages (`ingest`, `validate`, `publish`, `sync`) import from here; nothing here imports a stage,
except `pictureday.cli` and `pictureday.demo`, which sit on top of everything.
"""
