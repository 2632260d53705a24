"""An emulator as a process of its own, for tests that look at the process or need flags of their own."""

import os
import re
import signal
import subprocess
import threading

import urllib3

READY_LINE = re.compile(r"pinpoint-emulator listening on (http://127\.0\.0\.1:[0-9]+)\n")

# A program that has not said a word or not gone by then never will.
PATIENCE_SECONDS = 30


class EmulatorProcess:
    """The built emulator on a free port, ready when the constructor returns, gone when the `with` block ends."""

    def __init__(self, *flags):
        self.process = subprocess.Popen(
            [binary("pinpoint-emulator"), "--listen", "127.0.0.1:0", *flags],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.errors = []
        self._reader = threading.Thread(target=self._read_errors, daemon=True)
        self._reader.start()
        watchdog = threading.Timer(PATIENCE_SECONDS, self.process.kill)
        watchdog.start()
        first_line = self.process.stdout.readline()
        watchdog.cancel()
        ready = READY_LINE.fullmatch(first_line)
        if ready is None:
            self.process.kill()
            self._reader.join()
            raise AssertionError(f"no ready line but {first_line!r}; stderr: {''.join(self.errors)}")
        self.endpoint_url = ready[1]

    def _read_errors(self):
        for line in self.process.stderr:
            self.errors.append(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        self.process.stdout.close()
        self.process.stderr.close()

    def stop(self, how=signal.SIGTERM):
        """Asks the emulator to end; its exit code and all of stdout after the ready line."""
        self.process.send_signal(how)
        return self.process.wait(timeout=PATIENCE_SECONDS), self.process.stdout.read()

    def control(self, method, route, **fields):
        """One call of the control interface; the decoded answer."""
        answer = urllib3.request(method, f"{self.endpoint_url}/_emulator/{route}", json=fields or None)
        assert answer.status == 200, answer.data
        return answer.json()


def binary(name):
    """A program that interop/run has built."""
    return os.path.join(setting("INTEROP_BINARIES"), name)


def run(name, *arguments, **options):
    """Runs a built program to its end."""
    return subprocess.run(
        [binary(name), *arguments], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False, **options
    )


def setting(name):
    """A value that interop/run hands on."""
    value = os.environ.get(name)
    assert value, f"{name} is not set; run the tests by interop/run"
    return value
