"""`pictureday demo`: a sample district, real deliveries through the real pipeline, one night's sync."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from pictureday.config import Settings
from pictureday.disk import troubles
from pictureday.errors import Outage, UserError

__all__ = ["register", "run"]

_MARK = ".pictureday-demo"  # only a folder that has it is ever emptied


def register(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.description = __doc__
    parser.add_argument("--dir", type=Path, metavar="DIR", help="where it plays (default: demo/ below PICTUREDAY_HOME)")
    parser.add_argument(
        "--s3",
        metavar="ENDPOINT",
        help="play in a new bucket of this S3 and SQS server; credentials are found as the AWS tools find them",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, _settings: Settings) -> int:
    """Play the demo in a folder of its own; exit 1 if any number is not what it must be."""
    from pictureday.cli import parts
    from pictureday.config import home
    from pictureday.demo.play import play
    from pictureday.demo.sites import BucketSite, FolderSite, checked

    endpoint = None if args.s3 is None else checked(args.s3)  # before anything is emptied
    folder = _emptied((args.dir or home() / "demo").absolute())
    console = parts.console()
    with console.status("The place is made"):
        site = BucketSite.make(endpoint) if endpoint else FolderSite(folder)
    try:
        return play(folder, site, console)
    except Outage as outage:  # the pipeline would wait and go on; a demo that has ended does not
        raise Outage(outage.what, fix="Mend that, then start the demo again.") from outage


def _emptied(folder: Path) -> Path:
    with troubles(f"The folder {folder}", making=True):
        if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
            raise UserError(f"The folder {folder} is not empty, and not a demo's.", fix="Name another one with --dir.")
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        (folder / _MARK).touch()
    return folder
