"""Diagnosis quality on the zoo, overhead, time to diagnosis. `python -m bench --help`."""
