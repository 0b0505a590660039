"""What was looked at and how it was, one line each, and the counts at the end."""
import time
import traceback


class Missing(Exception):
    """What this host lacks for a part: the reason of its skip."""


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, holds, text):
        """Counts one thing that has to hold; a text is one line, whatever a test was called."""
        text = str(text).replace("\n", "⏎")
        if holds:
            self.passed += 1
        else:
            self.failed += 1
        print(f"passed {text}" if holds else f"✘ failed {text}", flush=True)
        return holds

    def skip(self, name, reason):
        self.skipped += 1
        print(f"skipped {name}: {reason}", flush=True)

    def note(self, text):
        """A figure, which is neither right nor wrong."""
        print(f"       {text}", flush=True)

    def part(self, name, body):
        """Carries out a part: what is missing for it is a skip, and an error of its own a failure with the others done."""
        began = time.monotonic()
        try:
            body()
        except Missing as reason:
            self.skip(name, reason)
        except Exception as error:  # noqa: BLE001  # a part that breaks off has not shown what it is there for
            self.check(False, f"{name}: it broke off: {error!r}")
            traceback.print_exc()
        self.note(f"{name}: {time.monotonic() - began:.0f} s")

    def close(self):
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed else 0
