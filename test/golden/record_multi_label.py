"""Records test/golden/multi-label.json by scikit-learn: one-vs-rest logistic regression, C = 1, of fixed vectors.

    python record_multi_label.py      # scikit-learn 1.9.1, numpy 1.26.4
"""

import json
import os

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

rng = np.random.default_rng(7)
N, D, C = 120, 4, 5
centers = rng.normal(size=(C, D))
labels = [sorted(rng.choice(C, size=1 + (n % 3 == 0), replace=False).tolist()) for n in range(N)]
x = np.array([centers[own].mean(0) for own in labels]) + 0.8 * rng.normal(size=(N, D))
x = np.round(x, 3)
y = np.zeros((N, C), int)
for n, own in enumerate(labels):
    y[n, own] = 1

# an order of the things; the first half is the training half
order = rng.permutation(N)
train, test = order[: N // 2], order[N // 2 :]
odds = np.stack(
    [
        LogisticRegression(C=1, tol=1e-10, max_iter=10000).fit(x[train], y[train, c]).decision_function(x[test])
        for c in range(C)
    ],
    axis=1,
)
guess = np.zeros((len(test), C), int)
for k, n in enumerate(test):
    guess[k, np.argsort(-odds[k])[: len(labels[n])]] = 1
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "multi-label.json"), "w") as file:
    json.dump(
        {
            "x": x.ravel().tolist(),
            "labels": labels,
            "order": order.tolist(),
            "microF1": f1_score(y[test], guess, average="micro"),
            "macroF1": f1_score(y[test], guess, average="macro"),
        },
        file,
    )
    file.write("\n")
