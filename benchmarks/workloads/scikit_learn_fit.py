# SPDX-License-Identifier: Apache-2.0
"""scikit-learn: a forest, a regression and a clustering fitted."""

import numpy as np
from sklearn.cluster import KMeans
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

random = np.random.default_rng(7)
points = random.normal(size=(4_000, 20))
labels = (points[:, 0] + points[:, 1] ** 2 > 1).astype(int)
RandomForestClassifier(n_estimators=160, random_state=7).fit(points, labels)
LogisticRegression(max_iter=500).fit(points, labels)
KMeans(n_clusters=8, n_init=4, random_state=7).fit(points)
