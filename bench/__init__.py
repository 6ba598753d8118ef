"""How fast it is, side by side with the bare decoder and with what people would otherwise use.

`python -m bench` draws photos, gives the same ones to each contestant in turn, several rounds, and prints the medians
and their ratios: `make bench`. Nothing here is part of the pipeline.
"""
