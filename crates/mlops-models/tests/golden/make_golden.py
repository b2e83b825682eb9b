"""Makes golden.json: inputs, and what the field's tools say of them.

pip install scipy==1.17.1 statsmodels==0.15.0 scikit-learn==1.9.1 fairlearn==0.15.0 "pandas<3", then run it. Where no tool has
the number, it is computed by the definition, slowly: all pairs for DeLong, a search for the likeliest shares for Tango.
"""

import json
import pathlib

import fairlearn
import numpy as np
import scipy
import sklearn
import statsmodels
import statsmodels.api as sm
from fairlearn.metrics import (
    MetricFrame,
    demographic_parity_difference,
    demographic_parity_ratio,
    equalized_odds_difference,
    false_positive_rate,
    selection_rate,
    true_positive_rate,
)
from scipy import optimize, stats
from sklearn import metrics as m
from sklearn.calibration import calibration_curve
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint


def uniform(count, seed):
    state, found = seed, []
    for _ in range(count):
        state = (6364136223846793005 * state + 1442695040888963407) % 2**64
        found.append((state >> 11) / 2**53)
    return np.array(found)


Z = stats.norm.ppf(0.975)
out = {"versions": {t.__name__: t.__version__ for t in (np, scipy, sklearn, statsmodels, fairlearn)}}

# Two classes: rounded, so that there are ties; a second model that knows less.
n = 300
truth = uniform(n, 1)
labels = (uniform(n, 2) < truth).astype(int)
one = np.round(np.clip(truth + 0.25 * (uniform(n, 3) - 0.5), 0.01, 0.99), 2)
two = np.round(np.clip(truth + 0.8 * (uniform(n, 4) - 0.5), 0.01, 0.99), 2)
groups = np.array(list("abc"))[(uniform(n, 5) * 3).astype(int)]
out["binary_input"] = {
    "labels": labels.tolist(), "one": one.tolist(), "two": two.tolist(), "groups": groups.tolist()
}


def placements(y, s):
    positive, negative = s[y == 1], s[y == 0]
    kernel = (positive[:, None] > negative[None, :]) + 0.5 * (positive[:, None] == negative[None, :])
    return kernel.mean(), kernel.mean(axis=1), kernel.mean(axis=0)


def delong(y, a, b):
    auc_a, pa, na = placements(y, a)
    auc_b, pb, nb = placements(y, b)
    variance = np.cov([pa, pb])[[0, 1, 0], [0, 1, 1]] / len(pa) + np.cov([na, nb])[[0, 1, 0], [0, 1, 1]] / len(na)
    error = np.sqrt(variance[0] + variance[1] - 2 * variance[2])
    difference = auc_a - auc_b
    return variance[0], difference, error, 2 * stats.norm.sf(abs(difference) / error)


answer = (one >= 0.5).astype(int)
other = (two >= 0.5).astype(int)
tn, fp, fn, tp = m.confusion_matrix(labels, answer).ravel()
fpr, tpr, thresholds = m.roc_curve(labels, one, drop_intermediate=False)
precision, recall, cuts = m.precision_recall_curve(labels, one)
variance, difference, error, p_value = delong(labels, one, two)
auc = m.roc_auc_score(labels, one)
logit, logit_error = np.log(auc / (1 - auc)), np.sqrt(variance) / (auc * (1 - auc))
logits = np.log(one / (1 - one))
fit = sm.Logit(labels, sm.add_constant(logits)).fit(disp=0, tol=1e-14, maxiter=100)
shift = sm.GLM(labels, np.ones(n), family=sm.families.Binomial(), offset=logits).fit(tol=1e-14)
happened, said = calibration_curve(labels, one, n_bins=10)
sizes = np.bincount(np.searchsorted(np.linspace(0, 1, 11)[1:-1], one), minlength=10)
table = np.array([
    [np.sum((answer == labels) & (other == labels)), np.sum((answer == labels) & (other != labels))],
    [np.sum((answer != labels) & (other == labels)), np.sum((answer != labels) & (other != labels))],
])
frame = MetricFrame(
    metrics={"selection": selection_rate, "true_positive": true_positive_rate, "false_positive": false_positive_rate},
    y_true=labels, y_pred=answer, sensitive_features=groups,
)


def wilson(successes, trials):
    return [successes / trials, *proportion_confint(successes, trials, method="wilson")]


out["binary"] = {
    "auc": auc,
    "auc_interval": (1 / (1 + np.exp(-(logit + np.array([-Z, Z]) * logit_error)))).tolist(),
    "auc_difference": [difference, difference - Z * error, difference + Z * error, p_value],
    "average_precision": m.average_precision_score(labels, one),
    "log_loss": m.log_loss(labels, one),
    "brier": m.brier_score_loss(labels, one),
    "accuracy": wilson(tp + tn, n),
    "precision": wilson(tp, tp + fp),
    "recall": wilson(tp, tp + fn),
    "specificity": wilson(tn, tn + fp),
    "f1": m.f1_score(labels, answer),
    "mcc": m.matthews_corrcoef(labels, answer),
    "roc": [fpr.tolist(), tpr.tolist()],
    "roc_thresholds": thresholds[1:].tolist(),
    # Without the point that scikit-learn adds, and falling.
    "precision_recall": [precision[:-1][::-1].tolist(), recall[:-1][::-1].tolist(), cuts[::-1].tolist()],
    "calibration_slope": [fit.params[1], *fit.conf_int()[1]],
    "calibration_intercept": [shift.params[0], *shift.conf_int()[0]],
    "reliability": [said.tolist(), happened.tolist()],
    "calibration_error": float(np.sum(np.abs(said - happened) * sizes[sizes > 0]) / n),
    "mcnemar": [int(table[0, 1]), int(table[1, 0]), mcnemar(table, exact=False, correction=False).pvalue],
    "rates": {name: frame.by_group[name].tolist() for name in frame.by_group},
    "spread_difference": [frame.difference()[name] for name in frame.by_group],
    "spread_ratio": [frame.ratio()[name] for name in frame.by_group],
    "parity": [
        demographic_parity_difference(labels, answer, sensitive_features=groups),
        demographic_parity_ratio(labels, answer, sensitive_features=groups),
        equalized_odds_difference(labels, answer, sensitive_features=groups),
    ],
}

out["mcnemar_exact"] = [
    [gained, lost, mcnemar([[50, gained], [lost, 10]], exact=True).pvalue]
    for gained, lost in [(1, 0), (3, 9), (12, 12), (2, 22), (0, 5)]
]


def tango(b, c, total):
    """The ends by a search: for each difference the likeliest share of losses, of the trinomial of the pairs."""

    def lost(asked):
        def unlikely(q):
            cells = [(b, q + asked), (c, q), (total - b - c, 1 - 2 * q - asked)]
            return -sum(count * np.log(max(p, 1e-300)) for count, p in cells if count)

        low, high = max(0.0, -asked), (1 - asked) / 2
        return optimize.minimize_scalar(unlikely, bounds=(low, high), method="bounded", options={"xatol": 1e-14}).x

    def score(asked):
        q = lost(asked)
        return (b - c - total * asked) / np.sqrt(total * (2 * q + asked - asked * asked))

    value = (b - c) / total
    nearly = 1 - 1e-9
    low = optimize.brentq(lambda d: score(d) - Z, -nearly, value - 1e-9) if value > -nearly else -1
    high = optimize.brentq(lambda d: score(d) + Z, value + 1e-9, nearly)
    return [b, c, total, low, high]


out["tango"] = [tango(*counts) for counts in [(12, 9, 50), (30, 5, 200), (1, 0, 40), (0, 0, 100), (3, 40, 400)]]

# Separated classes, and few rows: the score interval with the variance of Hanley and McNeil at the AUC asked about.


def score_interval(auc, positives, negatives):
    half = (positives + negatives) / 2 - 1

    def distance(asked):
        first, second = asked / (2 - asked), 2 * asked**2 / (1 + asked)
        variance = (asked * (1 - asked) + half * (first + second - 2 * asked**2)) / (positives * negatives)
        return (asked - auc) ** 2 - Z * Z * variance

    low = optimize.brentq(distance, 1e-12, auc - 1e-12) if auc > 0 else 0.0
    high = optimize.brentq(distance, auc + 1e-12, 1 - 1e-12) if auc < 1 else 1.0
    return [positives, negatives, auc, low, high]


out["separated"] = [score_interval(1.0, 10, 20), score_interval(1.0, 3, 4)]

out["newcombe"] = [
    [*counts, *confint_proportions_2indep(*counts, method="newcomb", compare="diff")]
    for counts in [(30, 120, 20, 150), (0, 60, 10, 80), (55, 55, 80, 90)]
]

# Several classes.
n = 240
names = np.array(["blue", "green", "red", "yellow"])
truth = (uniform(n, 11) ** 1.7 * 4).astype(int)
noise = np.column_stack([uniform(n, 12 + k) for k in range(4)])
weights = np.exp(2.0 * noise + 1.2 * np.eye(4)[truth])
probabilities = weights / weights.sum(axis=1, keepdims=True)
answer = probabilities.argmax(axis=1)
out["multiclass_input"] = {
    "labels": names[truth].tolist(), "answers": names[answer].tolist(), "probabilities": probabilities.tolist()
}
out["multiclass"] = {
    "accuracy": wilson(int(np.sum(truth == answer)), n),
    "macro_f1": m.f1_score(truth, answer, average="macro"),
    "weighted_f1": m.f1_score(truth, answer, average="weighted"),
    "log_loss": m.log_loss(truth, probabilities),
    "confusion": m.confusion_matrix(truth, answer).tolist(),
}

# Numbers.
n = 201
actual = 20 + 60 * uniform(n, 21) ** 2
predicted = actual * (0.9 + 0.3 * uniform(n, 22)) + 8 * (uniform(n, 23) - 0.5)
out["regression_input"] = {"actual": actual.tolist(), "predicted": predicted.tolist()}
out["regression"] = {
    "mae": m.mean_absolute_error(actual, predicted),
    "rmse": m.root_mean_squared_error(actual, predicted),
    "r2": m.r2_score(actual, predicted),
    "mape": m.mean_absolute_percentage_error(actual, predicted),
    "median_absolute_error": m.median_absolute_error(actual, predicted),
    "pinball_0.9": m.mean_pinball_loss(actual, predicted, alpha=0.9),
}


def bca(statistic):
    result = stats.bootstrap(
        (actual, predicted), statistic, paired=True, vectorized=False, n_resamples=40_000, method="BCa",
        rng=np.random.default_rng(1),
    )
    return list(result.confidence_interval)


out["bca"] = {
    "mae": bca(m.mean_absolute_error),
    "rmse": bca(m.root_mean_squared_error),
    "r2": bca(m.r2_score),
}

path = pathlib.Path(__file__).with_name("golden.json")
path.write_text(json.dumps(out, indent=None, separators=(",", ":"), default=float) + "\n")
print(path, path.stat().st_size)
