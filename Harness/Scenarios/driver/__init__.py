"""The parts of Harness/Scenarios/run."""
