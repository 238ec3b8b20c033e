"""Writes numerics.json; README.md says with which versions. Run: python record-numerics.py"""

import json
import math

import mpmath
import numpy as np
import scipy
import scipy.optimize
import scipy.sparse
import sklearn
from sklearn.linear_model import LogisticRegression, Ridge

mpmath.mp.dps = 400  # the largest f64 has 309 digits before its point
generator = np.random.default_rng(7)


def spread(low, high, count):
    """Numbers of both signs whose magnitudes are spread evenly over powers of ten."""
    signs = generator.choice([-1, 1], count)
    return [float(sign * 10.0**power) for sign, power in zip(signs, generator.uniform(low, high, count))]


def elementary():
    near_pi = [float(mpmath.pi * k / 2) for k in (1, 2, 3, 4, 7, 1000, 123456, 2**20 - 1, 2**20, 2**20 + 1, 10**9)]
    # Known for lying nearest a multiple of pi / 2 among all f64 (Muller, Elementary Functions, 2006, section 11.3.2).
    hardest = math.ldexp(6381956970095103, 797)
    arguments = {
        "expm1": spread(-300, -1, 8) + spread(-1, 1.5, 12) + [700.25, -0.35, 0.35, 40.5, 39.5, 0.3465],
        "log1p": spread(-300, -1, 8) + [abs(x) for x in spread(-1, 300, 12)] + [-0.999999, -0.5, -0.295, 0.409, 0.411],
        "tanh": spread(-300, -1, 8) + spread(-1, 1.25, 12) + [0.999, 1.001, 19.5, -20.5],
        "sigmoid": spread(-3, 2.8, 16) + [36.5, -36.5, -700.5, 1e-300],
        "erf": spread(-300, -1, 8) + spread(-1, 0.75, 12) + [0.999, 1.001, 5.5, -5.95],
        "sin": spread(-300, -1, 6) + spread(-1, 6, 10) + spread(6, 308, 10) + near_pi + [hardest, 1e22],
        "cos": spread(-3, 6, 10) + spread(6, 308, 10) + near_pi + [hardest, 1e22],
    }
    functions = {name: getattr(mpmath, name) for name in arguments if name != "sigmoid"}
    functions["sigmoid"] = lambda x: 1 / (1 + mpmath.exp(-x))
    return {
        name: [[x, mpmath.nstr(functions[name](mpmath.mpf(x)), 25)] for x in values]
        for name, values in arguments.items()
    }


def dense(matrix):
    rows, columns = matrix.shape
    return {"rows": rows, "columns": columns, "values": matrix.ravel().tolist()}


def sparse(matrix):
    rows, columns = matrix.shape
    parts = {"values": matrix.data, "starts": matrix.indptr, "indices": matrix.indices}
    return {"rows": rows, "columns": columns} | {name: part.tolist() for name, part in parts.items()}


def ridge():
    cases = []
    for rows, columns, is_sparse in [(30, 4, False), (8, 15, False), (30, 6, True), (8, 15, True)]:
        x = generator.standard_normal((rows, columns)).round(3) + 2
        if is_sparse:
            x = scipy.sparse.csr_matrix(x * (generator.uniform(size=x.shape) < 0.3))
        y = (x @ generator.standard_normal((columns, 2)) + generator.standard_normal((rows, 2)) + 5).round(3)
        for alpha, intercept in [(1e-3, True), (2.5, True), (2.5, False)]:
            # Sparse input and an intercept are solved by iteration in scikit-learn; the same matrix, dense, is not.
            model = Ridge(alpha=alpha, fit_intercept=intercept, solver="cholesky" if intercept else "svd")
            model.fit(x.toarray() if is_sparse else x, y)
            cases.append(
                {
                    "x": sparse(x) if is_sparse else dense(x),
                    "y": dense(y),
                    "options": {"ridge": alpha, "intercept": intercept},
                    "weights": model.coef_.T.ravel().tolist(),
                    "bias": (model.intercept_.tolist() if intercept else [0, 0]),
                }
            )
    return cases


def logistic():
    cases = []
    for classes, is_sparse, weighted, intercept in [
        (3, False, False, True),
        (4, False, True, True),
        (3, False, False, False),
        (3, True, True, True),
        (2, False, False, True),
    ]:
        rows, columns = 40, 3
        x = generator.standard_normal((rows, columns)).round(3)
        if is_sparse:
            x = scipy.sparse.csr_matrix(x * (generator.uniform(size=x.shape) < 0.5))
        scores = x @ generator.standard_normal((columns, classes)) + generator.gumbel(size=(rows, classes))
        labels = np.asarray(scores).argmax(1)
        weights = generator.uniform(0.5, 3, rows).round(2) if weighted else np.ones(rows)
        C = 0.7
        model = LogisticRegression(C=C, fit_intercept=intercept, solver="newton-cg", tol=1e-13, max_iter=10000)
        model.fit(x, labels, sample_weight=weights)
        # With two classes scikit-learn has one row of coefficients, the difference of the softmax's two, and penalizes
        # its square, which is twice the sum of theirs.
        l2 = 1 / (C * weights.sum()) * (2 if classes == 2 else 1)
        cases.append(
            {
                "x": sparse(x) if is_sparse else dense(x),
                "labels": labels.tolist(),
                "classes": classes,
                "options": {"l2": l2, "intercept": intercept, **({"sampleWeights": weights.tolist()} if weighted else {})},
                "coefficients": model.coef_.T.ravel().tolist(),
                "intercepts": model.intercept_.tolist(),
                "probabilities": model.predict_proba(x).ravel().tolist(),
            }
        )
    return cases


def minima():
    """Where scipy's L-BFGS-B ends up from the same start."""
    starts = {"rosen": [-1.2, 1, -0.5, 2, 1.5, -1], "quartic": [3.0, -2.0, 1.0]}
    functions = {
        "rosen": (scipy.optimize.rosen, scipy.optimize.rosen_der),
        "quartic": (lambda x: np.sum((x - 1) ** 4 + 0.5 * x**2), lambda x: 4 * (x - 1) ** 3 + x),
    }
    results = {}
    for name, (value, gradient) in functions.items():
        options = {"ftol": 0, "gtol": 1e-12, "maxiter": 10000, "maxfun": 100000}
        found = scipy.optimize.minimize(value, starts[name], jac=gradient, method="L-BFGS-B", options=options)
        results[name] = {"start": starts[name], "x": found.x.tolist(), "value": float(found.fun)}
    return results


with open("numerics.json", "w") as file:
    versions = {module.__name__: module.__version__ for module in (mpmath, np, scipy, sklearn)}
    recorded = {"versions": versions, "elementary": elementary(), "ridge": ridge(), "logistic": logistic(), "minima": minima()}
    json.dump(recorded, file)
    file.write("\n")
