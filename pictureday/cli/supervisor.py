"""The supervisor: starts the threads of the stages, waits for a signal or for idleness, ends them in order."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable

from pictureday.blobs import connect as connect_blobs
from pictureday.bus import connect as connect_bus
from pictureday.catalogue import Catalogue
from pictureday.cli.stages import Stage, build
from pictureday.config import Settings
from pictureday.errors import FatalError, Outage
from pictureday.log import get_logger
from pictureday.loops import Patience

__all__ = ["Supervisor"]

_LOOK = 0.2  # seconds between looks at whether all is idle


class Supervisor:
    """One process of the pipeline."""

    def __init__(self, settings: Settings, catalogue: Catalogue, *, stages: Iterable[str]) -> None:
        self._stop = threading.Event()
        self._ended = threading.Event()
        self._fatal: list[BaseException] = []
        self._bus = connect_bus(settings.bus, catalogue)
        blobs = connect_blobs(settings.blobs.url)
        self._stages: list[Stage] = [build(name, settings, catalogue, blobs, self._bus) for name in stages]

    def run(
        self,
        *,
        until_idle: bool = False,
        watch: Callable[[], bool] = lambda: True,
        enough: Callable[[], bool] = lambda: False,
    ) -> int:
        """Run until a signal, or until idle; returns the exit code.

        `watch` is called now and then, and says whether whoever feeds the inbox is done, too; `enough` whether to end
        although not all is idle.
        """
        with _Signals(self._ended):
            return self._run(until_idle, watch, enough)

    def _run(self, until_idle: bool, watch: Callable[[], bool], enough: Callable[[], bool]) -> int:
        log = get_logger()
        FatalError.raised.clear()
        self._start_bus()
        threads = [self._thread(name, loop) for stage in self._stages for name, loop in stage.loops]
        for thread in threads:
            thread.start()
        log.info("started", stages=[stage.name for stage in self._stages])
        try:
            self._wait(until_idle, watch, enough)
        finally:  # `watch` is the caller's; were it to raise, our threads would keep the process alive
            self._wind_down(threads)
        log.info("ended")
        return 1 if self._fatal or FatalError.raised.is_set() else 0

    def _start_bus(self) -> None:
        # The catalogue may be locked or away at this very moment: wait for it, as every loop does later.
        patience = Patience("bus")
        while not self._ended.is_set():
            try:
                self._bus.start()
            except Outage as outage:
                self._ended.wait(patience.failed(outage))
            else:
                patience.worked()
                return

    def _thread(self, name: str, loop: Callable[[threading.Event], None]) -> threading.Thread:
        def body() -> None:
            try:
                loop(self._stop)
            except BaseException as error:  # noqa: BLE001 - what ends a loop ends the process, so that it is restarted
                self._fatal.append(error)
                known = isinstance(error, FatalError)
                get_logger().critical(
                    "process_must_end", part=name, trouble=str(error), exc_info=None if known else error
                )
                self._ended.set()

        return threading.Thread(target=body, name=name)

    def _wait(self, until_idle: bool, watch: Callable[[], bool], enough: Callable[[], bool]) -> None:
        calm = 0
        while not self._ended.wait(_LOOK) and not FatalError.raised.is_set():
            fed = watch()
            calm = calm + 1 if until_idle and fed and self._idle() else 0
            if enough() or calm == 2:  # twice in a row: what one stage hands on is work for the next
                return

    def _idle(self) -> bool:
        try:
            return all(stage.idle() for stage in self._stages)
        except Exception as error:  # noqa: BLE001 - what can't be asked isn't idle; the stage's own loop tells why
            get_logger().debug("idleness_not_known", trouble=str(error))
            return False

    def _wind_down(self, threads: Iterable[threading.Thread]) -> None:
        self._stop.set()
        for stage in self._stages:
            stage.ring()
        for thread in threads:
            thread.join()
        for stage in self._stages:
            stage.close()
        self._bus.close()


class _Signals:
    """SIGTERM and SIGINT ask for a calm end; a second one is answered by Python's own handler."""

    def __init__(self, ended: threading.Event) -> None:
        self._ended = ended
        self._before: dict[int, object] = {}

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._before[number] = signal.signal(number, self._on_signal)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # it is what signal.signal gave us

    def _on_signal(self, number: int, _frame: object) -> None:
        self._ended.set()
        signal.signal(number, signal.SIG_DFL)
