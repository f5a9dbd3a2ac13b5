"""The gossip kernel: mining, relay and fork choice of all peers over plain arrays, compiled by Numba or not.

Files in reading order: `jit` (compiled or plain), `state` (the arrays), `draws` (random numbers), `heap`
(events), `mining` (the race), `blocks` (chain and slots), `relay` (messages), `advance` (the loop), `build`
(setting up). They know nothing of applications, agents or files; `sim.network` is their Python face.
"""
