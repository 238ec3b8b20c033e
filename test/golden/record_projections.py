"""Writes projections.json: PCA and trustworthiness by scikit-learn, affinities of t-SNE by openTSNE, its loss by scikit-learn.

Run in test/golden; the vectors are float32, as the package reads them, all else is computed in float64.
"""

import json
import warnings

import numpy as np
import openTSNE
import sklearn
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.manifold._t_sne import _kl_divergence
from sklearn.metrics import pairwise_distances
from scipy.spatial.distance import squareform

warnings.filterwarnings("ignore")
rng = np.random.default_rng(7)
N, D, k = 40, 6, 5
vectors = (rng.normal(size=(N, D)) * [3, 2, 1.5, 1, 0.5, 0.2] + rng.normal(size=D)).round(3).astype(np.float32)
fresh = rng.normal(size=(3, D)).round(3).astype(np.float32)
places = (vectors[:, :2] + rng.normal(size=(N, 2))).round(3).astype(np.float32)
X, Y = vectors.astype(float), places.astype(float)


def short(floats):
    """The decimals that the float32 numbers were rounded to, which are read as the same numbers."""
    return floats.astype(float).round(3).tolist()


def continuity(d):
    """Trustworthiness with space and map exchanged, by its formula; scikit-learn takes no distances for the second."""
    total = 0
    for i in range(N):
        above = np.argsort(np.where(np.arange(N) == i, np.inf, d[i]), kind="stable")[:k]
        ranks = np.empty(N, int)
        e = np.linalg.norm(Y - Y[i], axis=1)
        ranks[np.argsort(np.where(np.arange(N) == i, -1, e), kind="stable")] = np.arange(N)
        total += np.maximum(ranks[above] - k, 0).sum()
    return float(1 - 2 / (N * k * (2 * N - 3 * k - 1)) * total)


def quality(metric):
    d, e = pairwise_distances(X, metric=metric), pairwise_distances(Y)
    nearest = [np.argsort(m + np.diag(np.full(N, np.inf)), axis=1)[:, :k] for m in (d, e)]
    scale = (d * e).sum() / (d * d).sum()
    of_space = trustworthiness(Y, X, n_neighbors=k) if metric == "euclidean" else continuity(d)
    assert metric != "euclidean" or abs(of_space - continuity(d)) < 1e-12
    return {
        "trustworthiness": trustworthiness(X, Y, n_neighbors=k, metric=metric),
        "continuity": of_space,
        "preservation": float(np.mean([len(set(a) & set(b)) / k for a, b in zip(*nearest)])),
        "stress": float(np.sqrt(((e - scale * d) ** 2).sum() / (e * e).sum())),
    }


pca = PCA(3, svd_solver="full").fit(X)
perplexity = 4
nn = openTSNE.affinity.PerplexityBasedNN(X, perplexity=perplexity, method="exact", metric="euclidean")
P = nn.P.toarray()
loss, gradient = _kl_divergence(Y.ravel(), np.maximum(squareform(P), 1e-300), 1, N, 2)
json.dump(
    {
        "versions": {"scikit-learn": sklearn.__version__, "openTSNE": openTSNE.__version__},
        "vectors": short(vectors),
        "fresh": short(fresh),
        "places": short(places),
        "neighbors": k,
        "quality": {metric: quality(metric) for metric in ("euclidean", "cosine")},
        "pca": {
            "mean": pca.mean_.tolist(),
            "components": pca.components_.tolist(),
            "explainedVariance": pca.explained_variance_.tolist(),
            "explainedVarianceRatio": pca.explained_variance_ratio_.tolist(),
            "coordinates": pca.transform(X).tolist(),
            "fresh": pca.transform(fresh.astype(float)).tolist(),
        },
        "tsne": {
            "perplexity": perplexity,
            "affinities": P.tolist(),
            "loss": loss,
            "gradient": gradient.reshape(N, 2).tolist(),
        },
    },
    open("projections.json", "w"),
)
