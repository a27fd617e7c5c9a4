"""Fit and transform."""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

data = np.random.default_rng(1).normal(size=(100_000, 10))
pipeline = make_pipeline(StandardScaler(), PolynomialFeatures(3), PCA(20))
reduced = pipeline.fit_transform(data)  # held
