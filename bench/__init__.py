"""Measurements, each beside its alternative in the same run. Run them from the project's folder: python -m bench.latency"""
