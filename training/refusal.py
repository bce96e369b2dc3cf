"""How this room's programs say no: what happened, why, and what to do about it, on stderr, with status 1."""

import sys


class Refusal(Exception):
    """The world said no: a file that is missing, a checkpoint that is not whole. Each part is a sentence."""

    def __init__(self, what, why, mend):
        super().__init__(what)
        self.what, self.why, self.mend = what, why, mend


def run_program(main):
    """Calls `main`, and ends the process with status 1 where it refuses. What is a bug keeps its traceback."""
    try:
        main()
    except Refusal as refusal:
        print(f"{refusal.what}\n{refusal.why}\n{refusal.mend}", file=sys.stderr)
        sys.exit(1)
