"""`python -m bench.guard`: has a change made a photo much dearer? CPU seconds, beside the decoder's in the same run.

The best of a few rounds counts: a busy machine makes a round dearer, and none cheaper.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench.contest import Contestant, Load, cost
from bench.limit import Limit
from bench.ours import Ours
from bench.photos import draw, zipped

_PHOTOS, _ROUNDS = 2_000, 3
# Times the CPU seconds of the bare decode loop. Measured: 1.9 to 2.1 on a quiet machine, up to 2.4 on a busy one.
_BOUND = 3.0


def main() -> int:
    """Say the ratio; 0 where it is within the bound, else 1."""
    with tempfile.TemporaryDirectory(prefix="pictureday-guard-") as name:
        ratios = [_ratio(Path(name) / str(number)) for number in range(_ROUNDS)]
    best = min(ratios)
    told = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    sys.stdout.write(
        f"CPU seconds a photo, against the bare decode loop: {best:.2f} times ({told}; at most {_BOUND:.1f}).\n"
    )
    if best <= _BOUND:
        return 0
    sys.stdout.write(
        "A change has made photos dearer. `make bench` shows where; py-spy on `pictureday run` shows why.\n"
    )
    return 1


def _ratio(folder: Path) -> float:
    folder.mkdir()
    return _cpu(Ours(_PHOTOS + 1), folder / "ours") / _cpu(Limit(), folder / "limit")


def _cpu(contestant: Contestant, folder: Path) -> float:
    photos = draw(folder / "photos", _PHOTOS)
    archive = zipped(photos, folder / "school.zip", stored=True)
    warm = Load(form="loose", photos=draw(folder / "warm", 1, first=_PHOTOS))
    place = folder / "contest"
    place.mkdir()
    return cost(contestant, warm, Load(form="zip", photos=photos, archives=[archive]), place).cpu


if __name__ == "__main__":
    sys.exit(main())
