"""Divergences between two clouds in float64, into divergences.json. pip install numpy==2.4.6 scipy==1.17.1"""

import json

import numpy as np
import scipy
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

rng = np.random.default_rng(7)
x = np.round(rng.normal(size=(7, 3)), 3)
y = np.round(rng.normal(size=(6, 3)) * 0.8 + 0.5, 3)
directions = np.round(rng.normal(size=(4, 3)), 3)


def mmd(x, y, distance2):
    def kernel(a, b):
        squares = cdist(a, b, "sqeuclidean")
        return sum(s * distance2 / (s * distance2 + squares) for s in (0.1, 0.2, 0.5, 1, 2, 5, 10))

    def within(a):
        k = kernel(a, a)
        return (k.sum() - np.trace(k)) / (len(a) * (len(a) - 1))

    return within(x) + within(y) - 2 * kernel(x, y).mean()


def pooled_mmd(x, y):
    both = np.concatenate([x, y])
    return mmd(x, y, cdist(both, both, "sqeuclidean").sum() / (len(both) * (len(both) - 1)))


def energy(x, y):
    within = [cdist(a, a).sum() / (len(a) * (len(a) - 1)) for a in (x, y)]
    return 2 * cdist(x, y).mean() - sum(within)


def transport(x, y, p, e):
    """The primal value <P, c> + e KL(P | a b) of the plan, after updates that take turns until nothing changes."""
    cost = cdist(x, y) ** p / p
    f, g = np.zeros(len(x)), np.zeros(len(y))
    while True:
        before = f
        f = -e * (logsumexp((g[None] - cost) / e, axis=1) - np.log(len(y)))
        g = -e * (logsumexp((f[:, None] - cost) / e, axis=0) - np.log(len(x)))
        if abs(f - before).max() < 1e-14:
            break
    density = np.exp((f[:, None] + g[None] - cost) / e)
    plan = density / density.size
    return (plan * cost).sum() + e * ((plan * np.log(density)).sum() - plan.sum() + 1)


def sinkhorn(x, y, p, blur):
    e = blur**p
    return transport(x, y, p, e) - transport(x, x, p, e) / 2 - transport(y, y, p, e) / 2


def sliced(x, y, directions):
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    return np.mean((np.sort(x @ unit.T, axis=0) - np.sort(y @ unit.T, axis=0)) ** 2)


golden = {
    "source": f"numpy {np.__version__}, scipy {scipy.__version__}",
    "x": x.tolist(),
    "y": y.tolist(),
    "directions": directions.tolist(),
    "mmd": mmd(x, y, 6),
    "pooledMmd": pooled_mmd(x, y),
    "energy": energy(x, y),
    "slicedOfSix": sliced(x[:6], y, directions),
    "sinkhorn": [{"p": p, "blur": blur, "value": sinkhorn(x, y, p, blur)} for p, blur in ((2, 0.5), (2, 1.5), (1, 0.4))],
}
with open("divergences.json", "w") as file:
    json.dump(golden, file)
