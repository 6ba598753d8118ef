"""A whole pipeline whose servers or clock go wrong: what is dropped, the processes, and the audit at the end."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from typing import Any

from tests.faults.auditor import audit
from tests.figures import Figures
from tests.flow.conftest import MakeDistrict
from tests.flow.district import District, eventually
from tests.flow.scene import Gate, Moment, Scene, catch
from tests.flow.workload import Workload

__all__ = ["MORE", "TIMINGS", "Pipeline"]

# Small batches and short leases: what a dead process or server held is soon free again.
MORE = "bus.lease = 1.0\nbus.resay = 2.0\nmail.retry = 0.1\nsync.batch = 10\nvalidate.processes = 1\n"
TIMINGS = {"settle": 0.3, "quiet": 1.0}


class Pipeline:
    """A district at work. `environment` is given to every program that is started in it."""

    def __init__(self, make: MakeDistrict, *, environment: Mapping[str, str] | None = None, **options: Any) -> None:
        options = {"students": 3000, "timings": TIMINGS, "more": MORE} | options
        self.district: District = make(**options)
        self.work = Workload(self.district)
        self.scene = Scene(self.district, Gate())
        self.environment = environment or {}
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *stages: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start a process with these stages, or with all of them."""
        words = [word for stage in stages for word in ("--stage", stage)]
        self.running.append(self.district.start("run", *words, env={**self.environment, **(environment or {})}))
        return self.running[-1]

    def drop(self, good: int = 20) -> None:
        """A little of everything, of both vendors."""
        self.work.zips(3, good // 4)
        self.work.loose(good // 4)
        self.work.folder(good // 4, vendor="other")

    def strike(self, moment: Moment, blow: Callable[[], object]) -> None:
        """Strike while the running processes stand still in the middle of their work."""
        self.scene.begin()
        catch(self.scene, moment, self.running, blow, self.drop)

    def finish(self, *, seconds: float = 120) -> None:
        """Wait until nothing is left to do; nobody may have given up."""
        try:
            eventually(lambda: not self.scene.unfinished(), "all work done", seconds=seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.district.logs()[-6000:]}") from None
        assert [process.poll() for process in self.running] == [None] * len(self.running)

    def night(self) -> None:
        """One sync that must do its work."""
        done = self.district.call("sync", "--now", env=self.environment)
        assert done.returncode == 0, done.stderr

    def stop(self) -> None:
        """Ask all to end, as a service manager does."""
        codes = [self.district.stop(process) for process in self.running]
        self.running = []
        assert codes == [0] * len(codes)

    def troubles(self, figures: Figures, what: str, *, times: int) -> list[str]:
        """Hold a night, then let the auditor look; its figure is written down. Everything that is wrong."""
        self.finish()
        self.night()
        self.finish()
        self.stop()
        mails = [path.read_bytes() for path in (self.district.folder / "mail").glob("*.eml")]
        ledger = audit(self.district, self.work.dropped, mails, after_a_night=True)
        figures(ledger.as_figure(what).of(times=times))
        self.scene.close()
        return [] if ledger.passed else [str(ledger)]
