"""Seeds of tests that dice: the same in every run, as a CI that fails by the luck of the dice tells nothing of the change it looks at.
Runs that explore set the test's variable: to `random`, or to the number that such a run printed."""
import os
import random

USUAL = 20261128


def seed(variable, usual=USUAL):
    """What this variable of the environment says, else the usual one."""
    value = os.environ.get(variable, str(usual))
    return random.SystemRandom().randrange(1 << 30) if value == "random" else int(value)
