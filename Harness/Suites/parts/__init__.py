"""The parts of Harness/Suites/run."""
