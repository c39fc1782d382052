"""What live_studio costs and how fast it is, beside its peers and the limits of the machine.

`python -m benchmarks [name...] [--quick]`; what the figures mean is in docs/performance.md.
"""
