"""A large figure, saved."""

import matplotlib
import numpy as np

matplotlib.use("agg")
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(40, 40), dpi=100)
axes.plot(np.arange(1000), np.sin(np.arange(1000)))
figure.savefig("plot.png")  # held
