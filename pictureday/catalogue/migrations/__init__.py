"""Alembic migrations of the catalogue; run through `pictureday.catalogue.versions`."""
